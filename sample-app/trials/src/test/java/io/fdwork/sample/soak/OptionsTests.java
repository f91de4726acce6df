package io.fdwork.sample.soak;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Options}.
 */
class OptionsTests {

	@Test
	void shouldMakeMillionConnectionsWhenNothingIsSaid() {
		assertThat(Options.parse())
			.isEqualTo(new Options(1_000_000, 50_000, 64, Duration.ofMinutes(60), Path.of("target", "soak")));
	}

	@Test
	void shouldTakeWhatIsSaidWhenThereAreArguments() {
		assertThat(Options.parse("2000", "--warm-up=0", "--concurrency=8", "--minutes=5", "--output=/tmp/soak"))
			.isEqualTo(new Options(2000, 0, 8, Duration.ofMinutes(5), Path.of("/tmp/soak")));
	}

	@Test
	void shouldFailWhenArgumentMeansNothing() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--workers=3"))
			.withMessage("What is --workers?");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("many"))
			.withMessage("'many' is not a number");
	}

	@Test
	void shouldFailWhenNumberIsOutOfBounds() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("0"));
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--warm-up=-1"));
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--concurrency=501"));
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--minutes=0"));
	}

}
