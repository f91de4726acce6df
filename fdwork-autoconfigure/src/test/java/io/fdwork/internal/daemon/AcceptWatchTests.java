package io.fdwork.internal.daemon;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AcceptWatch}.
 */
class AcceptWatchTests {

	private static final Duration INTERVAL = AcceptWatch.MIN_INTERVAL;

	private boolean responsive = true;

	private long accepted;

	private boolean waiting;

	private long now = Long.MAX_VALUE - 1_000_000_000L;

	private final AcceptWatch watch = new AcceptWatch(() -> this.responsive, () -> this.accepted, () -> this.waiting,
			this.now);

	@Test
	void shouldTellSinceWhenThreadHangs() {
		assertThat(look()).isFalse();
		long moved = this.now;
		this.responsive = false;
		assertThat(look()).isTrue();
		assertThat(look()).isTrue();
		assertThat(this.watch.isStuckSince(moved, this.now)).isTrue();
		assertThat(this.watch.isStuckSince(moved - 1, this.now)).isFalse();
		this.responsive = true;
		assertThat(look()).isFalse();
		assertThat(this.watch.isStuckSince(this.now, this.now)).isFalse();
		this.responsive = false;
		assertThat(look()).isTrue();
		assertThat(this.watch.isStuckSince(moved, this.now)).as("it has come on meanwhile").isFalse();
	}

	@Test
	void shouldNotLookAgainAtOnceWhoeverAsks() {
		look();
		this.responsive = false;
		assertThat(this.watch.isStuck(this.now + 1)).isFalse();
		assertThat(this.watch.isStuckSince(this.now, this.now + INTERVAL.toNanos() - 1)).isFalse();
		assertThat(this.watch.isStuck(this.now + INTERVAL.toNanos())).isTrue();
	}

	@Test
	void shouldNotHangWhileItAccepts() {
		this.responsive = false;
		for (int i = 0; i < 10; i++) {
			this.accepted++;
			assertThat(look()).isFalse();
		}
		assertThat(look()).isTrue();
	}

	@Test
	void shouldNotHangWhileItWaitsForRoomNorRightAfterIt() {
		this.responsive = false;
		this.waiting = true;
		assertThat(look()).isFalse();
		assertThat(look()).isFalse();
		this.waiting = false;
		assertThat(look()).isFalse();
		assertThat(look()).isTrue();
	}

	private boolean look() {
		this.now += INTERVAL.toNanos();
		return this.watch.isStuck(this.now);
	}

}
