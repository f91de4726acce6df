package io.fdwork.sample.bench;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Interval}.
 */
class IntervalTests {

	@Test
	void shouldBeNarrowerThanRangeWhenOneOfManyValuesIsFarOff() {
		Interval interval = Interval.ofMedian(0.99, 1.01, 1, 0.98, 1.02, 0.97, 1.03, 0.99, 1.01, 3);
		assertThat(interval.low()).isBetween(0.97, 1.0);
		assertThat(interval.high()).isBetween(1.0, 1.03);
	}

	@Test
	void shouldNotHoldOneWhenAllValuesAreLess() {
		assertThat(Interval.ofMedian(0.8, 0.9, 0.85).high()).isEqualTo(0.9);
	}

	@Test
	void shouldBeTheValueWhenThereIsOne() {
		assertThat(Interval.ofMedian(0.9)).isEqualTo(new Interval(0.9, 0.9));
	}

	@Test
	void shouldBeTheSameWhenValuesAre() {
		assertThat(Interval.ofMedian(1, 2, 3, 4, 5)).isEqualTo(Interval.ofMedian(1, 2, 3, 4, 5));
	}

}
