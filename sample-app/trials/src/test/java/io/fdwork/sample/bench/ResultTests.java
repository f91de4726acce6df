package io.fdwork.sample.bench;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Result}.
 */
class ResultTests {

	private static final List<Measurement> MEASUREMENTS = List.of(rate("a", 1, 90), rate("b", 1, 100),
			rate("a", 2, 200), rate("b", 2, 100), rate("a", 3, 120), rate("b", 3, 100), rate("a", 4, 50),
			rate("b", 4, 100), rate("a", 5, 60), rate("b", 5, 100), rate("a", 6, 70));

	@Test
	void shouldCompareMediansOfLaunchesWhenThereAreSeveral() {
		assertThat(result(2, 3).pairedRatios("a", "b", Figure.RATE)).containsExactly(1.2, 0.6);
	}

	@Test
	void shouldCompareRoundsThatBothHaveWhenThereIsOneLaunch() {
		assertThat(result(1, 6).pairedRatios("a", "b", Figure.RATE)).containsExactly(0.9, 2, 1.2, 0.5, 0.6);
	}

	@Test
	void shouldCompareNothingWhenOtherWasNotMeasured() {
		assertThat(result(1, 6).pairedRatios("a", "c", Figure.RATE)).isEmpty();
	}

	@Test
	void shouldListPairsWhenTableIsWritten() {
		assertThat(Table.of(result(2, 3)))
			.contains("| Contender | to | Ratio of | Median | 95 % interval | Range | Launches")
			.contains("| a | b | requests/s | 0.900 | 0.600 to 1.200 | 0.600 to 1.200 | 2");
	}

	private static Result result(int launches, int rounds) {
		return new Result("connections", "Connections", Instant.EPOCH, Map.of(), launches, rounds, 1,
				List.of(Figure.RATE), Map.of("a", "A", "b", "B"), Map.of("a", List.of("b")), Map.of(), MEASUREMENTS,
				Map.of());
	}

	private static Measurement rate(String contender, int round, double rate) {
		return new Measurement(contender, round, 1, Map.of(Figure.RATE, rate), Map.of());
	}

}
