package io.fdwork.sample.bench;

import java.time.Duration;
import java.util.Arrays;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/**
 * Tests for {@link Arrivals}.
 */
class ArrivalsTests {

	@Test
	void shouldArriveAtRateWhenTheyAreIndependent() {
		Arrivals arrivals = Arrivals.poisson(1, 1_000, 0.1, Duration.ofSeconds(20));
		assertThat(arrivals.count()).isCloseTo(20_000, within(600));
		assertThat(arrivals.nanos()).isSorted();
		assertThat(Arrays.stream(arrivals.kinds()).sum()).isCloseTo(2_000, within(200));
	}

	@Test
	void shouldBeTheSameWhenSeedIs() {
		assertThat(Arrivals.poisson(7, 100, 0.5, Duration.ofSeconds(1)).nanos())
			.isEqualTo(Arrivals.poisson(7, 100, 0.5, Duration.ofSeconds(1)).nanos())
			.isNotEqualTo(Arrivals.poisson(8, 100, 0.5, Duration.ofSeconds(1)).nanos());
	}

}
