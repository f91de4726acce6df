package io.fdwork.internal.queue;

import java.io.IOException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link QueueDepth}, with a kernel that says what it is told to.
 */
class QueueDepthTests {

	private long waiting;

	private int looks;

	private boolean closed;

	private final QueueDepth depth = new QueueDepth(() -> {
		this.looks++;
		if (this.closed) {
			throw new IOException("closed");
		}
		return this.waiting;
	});

	@Test
	void shouldTellWhatHasLeft() {
		put(1, 1, 1);
		assertCount(3, 0);
		this.waiting = 2;
		assertCount(3, 1);
		this.waiting = 0;
		assertCount(3, 3);
	}

	@Test
	void shouldCountRequestAsLongAsOneOfItsDescriptorsWaits() {
		put(2, 1, 4);
		assertCount(3, 0);
		this.waiting = 6;
		assertCount(3, 0);
		this.waiting = 5;
		assertCount(3, 1);
		for (this.waiting = 4; this.waiting > 0; this.waiting--) {
			assertCount(3, 2);
		}
		assertCount(3, 3);
	}

	@Test
	void shouldNotGoBackWhenKernelIsAheadOfThePut() {
		put(1, 1);
		this.waiting = 0;
		assertCount(2, 2);
		// Is sent, and not counted yet
		this.waiting = 1;
		assertCount(2, 2);
		this.depth.put(1);
		assertCount(3, 2);
	}

	@ParameterizedTest
	@ValueSource(longs = { Long.MIN_VALUE / 2, -1, 1_000, Long.MAX_VALUE / 2 })
	void shouldBeBoundedWhateverIsSaid(long nonsense) {
		put(1, 3, 1);
		this.waiting = nonsense;
		QueueDepth.Count count = this.depth.count();
		assertThat(count.put()).isEqualTo(3);
		assertThat(count.got()).isBetween(0L, 3L);
		this.waiting = 0;
		assertCount(3, 3);
		put(1);
		assertCount(4, 3);
	}

	@Test
	void shouldLookOnlyWhenThereCanBeAsMany() {
		put(1, 1, 1);
		assertThat(this.depth.isAtLeast(4)).isFalse();
		assertThat(this.looks).isZero();
		assertThat(this.depth.isAtLeast(3)).isTrue();
		assertThat(this.looks).isEqualTo(1);
		this.waiting = 1;
		assertThat(this.depth.isAtLeast(3)).isFalse();
		assertThat(this.depth.isAtLeast(3)).isFalse();
		assertThat(this.looks).isEqualTo(2);
	}

	@Test
	void shouldKeepWhatIsKnownWhenQueueIsClosed() {
		put(1, 1);
		this.waiting = 1;
		assertCount(2, 1);
		this.closed = true;
		this.waiting = 0;
		assertCount(2, 1);
	}

	private void put(int... descriptors) {
		for (int count : descriptors) {
			this.waiting += count;
			this.depth.put(count);
		}
	}

	private void assertCount(long put, long got) {
		assertThat(this.depth.count()).isEqualTo(new QueueDepth.Count(put, got));
	}

}
