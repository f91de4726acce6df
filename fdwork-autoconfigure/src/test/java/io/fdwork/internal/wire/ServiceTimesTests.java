package io.fdwork.internal.wire;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link ServiceTimes}.
 */
class ServiceTimesTests {

	@Test
	void shouldHaveEachTimeInTheBucketThatBeginsBeforeIt() {
		for (long nanos = 1; nanos < Duration.ofMinutes(10).toNanos(); nanos = nanos * 9 / 8 + 1) {
			int bucket = ServiceTimes.bucket(nanos);
			assertThat(ServiceTimes.shortestNanos(bucket)).isLessThanOrEqualTo(nanos);
			assertThat(ServiceTimes.shortestNanos(bucket + 1)).isGreaterThan(nanos);
			assertThat(ServiceTimes.bucket(ServiceTimes.shortestNanos(bucket))).isEqualTo(bucket);
		}
	}

	@Test
	void shouldHaveBucketForTimesThatMakeNoSense() {
		assertThat(ServiceTimes.bucket(-1)).isZero();
		assertThat(ServiceTimes.bucket(Long.MAX_VALUE)).isEqualTo(ServiceTimes.BUCKETS - 1);
	}

	@Test
	void shouldTellNothingOfEmptyBucketsAtTheEnd() {
		ServiceTimes times = new ServiceTimes();
		assertThat(times.counts()).isEmpty();
		times.record(20_000);
		times.record(20_000);
		assertThat(times.counts()).containsExactly(0L, 2L);
	}

	@Test
	void shouldFindPercentileWithinTheWidthOfABucket() {
		ServiceTimes times = new ServiceTimes();
		for (int millis = 1; millis <= 1000; millis++) {
			times.record(Duration.ofMillis(millis).toNanos());
		}
		long[] counts = times.counts().stream().mapToLong(Long::longValue).toArray();
		assertThat(ServiceTimes.percentile(counts, 0.95) / 1e6).isCloseTo(950, within(30.0));
		assertThat(ServiceTimes.percentile(counts, 0.5) / 1e6).isCloseTo(500, within(30.0));
		assertThat(ServiceTimes.percentile(counts, 0.1) / 1e6).isCloseTo(100, within(10.0));
		assertThat(ServiceTimes.percentile(new long[ServiceTimes.BUCKETS], 0.95)).isZero();
	}

}
