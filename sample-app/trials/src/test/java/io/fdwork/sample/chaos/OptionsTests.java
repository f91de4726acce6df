package io.fdwork.sample.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Options}.
 */
class OptionsTests {

	private static final List<Step.Kind> ALL = List.of(Step.Kind.values());

	private static final Path OUTPUT = Path.of("target", "chaos");

	@Test
	void shouldTakeEveryStepForMinuteWhenNothingIsSaid() {
		Options options = Options.parse();
		assertThat(options).isEqualTo(new Options(Duration.ofSeconds(60), null, 1, ALL, 0, false, OUTPUT));
		assertThat(options.steps()).isEqualTo(Long.MAX_VALUE);
	}

	@Test
	void shouldTakeArgumentsByPlaceWhenTheyHaveNoNames() {
		assertThat(Options.parse("10m", "551", "5"))
			.isEqualTo(new Options(Duration.ofMinutes(10), 551L, 5, ALL, 0, false, OUTPUT));
	}

	@Test
	void shouldTakeStepsAsOftenAsSaidWhenTheyAreChosen() {
		Options options = Options.parse("--steps=kill-worker,kill-daemon-quiesced", "--times=100", "--replay",
				"--output=/tmp/chaos");
		assertThat(options).isEqualTo(new Options(Duration.ofHours(2), null, 1,
				List.of(Step.Kind.KILL_WORKER, Step.Kind.KILL_DAEMON_QUIESCED), 100, true, Path.of("/tmp/chaos")));
		assertThat(options.steps()).isEqualTo(200);
	}

	@Test
	void shouldBoundByDurationWhenItIsSaidBesidesTimes() {
		assertThat(Options.parse("30m", "--times=50", "7", "--steps=kill-daemon"))
			.isEqualTo(new Options(Duration.ofMinutes(30), 7L, 1, List.of(Step.Kind.KILL_DAEMON), 50, false, OUTPUT));
	}

	@Test
	void shouldFailWhenArgumentMeansNothing() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--steps=kill-client"))
			.withMessage("There is no step kill-client");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--step=kill-worker"))
			.withMessage("What is --step=kill-worker?");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("1m", "1", "1", "1"))
			.withMessage("What is 1?");
	}

	@Test
	void shouldFailWhenNumberIsOutOfBounds() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("3h"))
			.withMessage("Not longer than 2 hours");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("1m", "1", "0"));
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--times=10001"));
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--steps=restart,restart"))
			.withMessageContaining("--times");
	}

	@Test
	void shouldNameEveryStepWhenAskedForUsage() {
		assertThat(Options.USAGE).contains("kill-worker", "kill-daemon-quiesced", "restart", "terminate-group");
	}

}
