package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BacklogWait}.
 */
class BacklogWaitTests {

	private final BacklogWait wait = new BacklogWait();

	private long now = System.nanoTime();

	@Test
	void shouldWaitAsLongAsBacklogIsNotEmptyWhenNobodyAccepts() {
		assertThat(estimate(0, 0, 0)).isZero();
		assertThat(estimate(100, 3, 0)).isEqualTo(Duration.ofMillis(100));
		assertThat(estimate(2000, 3, 0)).isEqualTo(Duration.ofMillis(2100));
		assertThat(estimate(100, 0, 0)).isZero();
		assertThat(estimate(100, 1, 0)).isEqualTo(Duration.ofMillis(100));
	}

	@Test
	void shouldWaitAsLongAsOthersBeforeTakeWhenSomebodyAccepts() {
		estimate(0, 1, 0);
		assertThat(estimate(1000, 5, 1000)).as("5 of 1000 in a second").isEqualTo(Duration.ofMillis(5));
		assertThat(estimate(500, 200, 1000)).as("the rate is that of a second").isEqualTo(Duration.ofMillis(200));
		assertThat(estimate(500, 200, 1200)).as("200 of 200 in a second").isEqualTo(Duration.ofMillis(1000));
		assertThat(estimate(1000, 200, 1200)).as("nobody accepts any more").isEqualTo(Duration.ofMillis(3000));
	}

	@Test
	void shouldBeginAgainWhenWorkerHasGone() {
		estimate(0, 1, 1000);
		estimate(1000, 5, 2000);
		assertThat(estimate(100, 5, 10)).isZero();
	}

	private Duration estimate(long laterMillis, long waiting, long accepted) {
		this.now += TimeUnit.MILLISECONDS.toNanos(laterMillis);
		return this.wait.estimate(waiting, accepted, this.now);
	}

}
