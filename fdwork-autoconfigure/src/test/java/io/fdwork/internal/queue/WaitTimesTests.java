package io.fdwork.internal.queue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.wire.WorkerFigures;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WaitTimes}.
 */
@Timeout(60)
class WaitTimesTests {

	private static final Percentage TWO_DIGITS = Percentage.withPercentage(1);

	private final WaitTimes waitTimes = new WaitTimes();

	@Test
	void shouldBeZeroWhenNothingWaited() {
		assertThat(this.waitTimes.figures()).isEqualTo(new WorkerFigures.Wait(0, 0, 0, 0, 0, 0));
		this.waitTimes.roll();
		assertThat(this.waitTimes.figures()).isEqualTo(new WorkerFigures.Wait(0, 0, 0, 0, 0, 0));
	}

	@Test
	void shouldCountAtOnceAndTellPercentilesWhenRolled() {
		for (int i = 1; i <= 100; i++) {
			this.waitTimes.record(millis(i));
		}
		assertThat(this.waitTimes.figures()).isEqualTo(new WorkerFigures.Wait(100, millis(5050), 0, 0, 0, 0));
		this.waitTimes.roll();
		WorkerFigures.Wait figures = this.waitTimes.figures();
		assertThat(figures.count()).isEqualTo(100);
		assertThat(figures.totalNanos()).isEqualTo(millis(5050));
		assertThat(figures.p50Nanos()).isCloseTo(millis(50), TWO_DIGITS);
		assertThat(figures.p95Nanos()).isCloseTo(millis(95), TWO_DIGITS);
		assertThat(figures.p99Nanos()).isCloseTo(millis(99), TWO_DIGITS);
		assertThat(figures.maxNanos()).isCloseTo(millis(100), TWO_DIGITS);
	}

	@Test
	void shouldForgetIntervalWhenTenHavePassed() {
		this.waitTimes.record(millis(700));
		for (int i = 0; i < 10; i++) {
			this.waitTimes.roll();
			assertThat(this.waitTimes.figures().maxNanos()).isCloseTo(millis(700), TWO_DIGITS);
			this.waitTimes.record(millis(1));
		}
		this.waitTimes.roll();
		assertThat(this.waitTimes.figures().maxNanos()).isCloseTo(millis(1), TWO_DIGITS);
		assertThat(this.waitTimes.figures().count()).as("since the start").isEqualTo(11);
		assertThat(this.waitTimes.figures().totalNanos()).isEqualTo(millis(710));
		for (int i = 0; i < 10; i++) {
			this.waitTimes.roll();
		}
		assertThat(this.waitTimes.figures().maxNanos()).isZero();
	}

	@Test
	void shouldTakeEveryDuration() {
		this.waitTimes.record(-1);
		this.waitTimes.record(0);
		this.waitTimes.record(Duration.ofDays(1).toNanos());
		this.waitTimes.roll();
		WorkerFigures.Wait figures = this.waitTimes.figures();
		assertThat(figures.count()).isEqualTo(3);
		assertThat(figures.totalNanos()).isEqualTo(Duration.ofDays(1).toNanos());
		assertThat(figures.maxNanos()).isCloseTo(Duration.ofHours(1).toNanos(), TWO_DIGITS);
	}

	@Test
	void shouldRollOnSeveralThreads() throws Exception {
		int threads = 4;
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try {
			List<Future<?>> results = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				results.add(executor.submit(() -> {
					for (int j = 0; j < 500; j++) {
						this.waitTimes.record(millis(1));
						this.waitTimes.roll();
					}
				}));
			}
			for (Future<?> result : results) {
				result.get(30, TimeUnit.SECONDS);
			}
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(this.waitTimes.figures().count()).isEqualTo(2000);
		this.waitTimes.record(millis(2));
		this.waitTimes.roll();
		assertThat(this.waitTimes.figures().maxNanos()).isCloseTo(millis(2), TWO_DIGITS);
	}

	private static long millis(long millis) {
		return TimeUnit.MILLISECONDS.toNanos(millis);
	}

}
