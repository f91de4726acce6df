package io.fdwork.internal.failure;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Failures}.
 */
class FailuresTests {

	private long nanoTime = Long.MAX_VALUE - 1;

	private final Failures failures = new Failures(() -> this.nanoTime);

	@Test
	void shouldBeFirstOnceWhenCauseLasts() {
		assertThat(this.failures.isFirst("full")).isTrue();
		assertThat(this.failures.isFirst("full")).isFalse();
		assertThat(this.failures.isFirst("full")).isFalse();
	}

	@Test
	void shouldBeFirstOnceEachWhenCausesAlternate() {
		assertThat(this.failures.isFirst("full")).isTrue();
		assertThat(this.failures.isFirst("gone")).isTrue();
		assertThat(this.failures.isFirst("full")).isFalse();
		assertThat(this.failures.isFirst("gone")).isFalse();
	}

	@Test
	void shouldBeFirstAgainWhenItHasWorkedForAWhile() {
		this.failures.isFirst("full");
		this.failures.over();
		this.nanoTime += Failures.QUIET.toNanos();
		assertThat(this.failures.isFirst("full")).isTrue();
		assertThat(this.failures.isFirst("full")).isFalse();
	}

	@Test
	void shouldBeFirstOnceWhenItComesAndGoes() {
		assertThat(this.failures.isFirst("full")).isTrue();
		for (int i = 0; i < 10; i++) {
			this.failures.over();
			this.nanoTime += Failures.QUIET.toNanos() - 1;
			assertThat(this.failures.isFirst("full")).isFalse();
			assertThat(this.failures.isFirst("gone")).isEqualTo(i == 0);
		}
		this.nanoTime += Failures.QUIET.toNanos();
		assertThat(this.failures.isFirst("full")).as("has not worked meanwhile").isFalse();
	}

	@Test
	void shouldBeOverUnlessSomethingFails() {
		assertThat(this.failures.isOver()).isTrue();
		this.failures.isFirst("full");
		assertThat(this.failures.isOver()).isFalse();
		this.failures.over();
		assertThat(this.failures.isOver()).isTrue();
	}

	@Test
	void shouldBeSilentWhenCausesAreTooMany() {
		assertThat(IntStream.range(0, Failures.MAX_CAUSES).filter((number) -> this.failures.isFirst("at " + number)))
			.hasSize(Failures.MAX_CAUSES);
		assertThat(this.failures.isFirst("one more")).isFalse();
		this.failures.over();
		assertThat(this.failures.isFirst("one more")).isTrue();
	}

	@Test
	void shouldBeFirstForOneThreadOnly() {
		assertThat(IntStream.range(0, 10_000).parallel().filter((number) -> this.failures.isFirst("full")).count())
			.isOne();
	}

	@Test
	void shouldRestAMomentWhenThreadWasWokenBefore() {
		LockSupport.unpark(Thread.currentThread());
		long begin = System.nanoTime();
		Failures.rest();
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
	}

}
