package io.fdwork.sample.bench;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Spread}.
 */
class SpreadTests {

	@Test
	void shouldTakeMiddleWhenNumberOfValuesIsOdd() {
		assertThat(Spread.of(3, 1, 7)).isEqualTo(new Spread(3, 1, 7));
	}

	@Test
	void shouldTakeMeanOfMiddlesWhenNumberOfValuesIsEven() {
		assertThat(Spread.of(4, 1, 7, 2)).isEqualTo(new Spread(3, 1, 7));
	}

}
