package io.fdwork.sample.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

/**
 * A run of {@link Chaos}: for 20 seconds, or with the system property
 * {@code chaos.rounds} until every step was taken so often.
 */
@Tag("long")
class ChaosIT {

	/**
	 * Begins with output that nobody reads, starts that fail, a worker stopped, and the
	 * daemon and a worker killed: a slow machine gets no further.
	 */
	private static final long SEED = 146534;

	private static final int ROUNDS = Integer.getInteger("chaos.rounds", 0);

	private static final Duration SHORT = Duration.ofSeconds(20);

	private static final Duration LONGEST_ROUND = Duration.ofMinutes(7);

	// To start, to recover from the last step, and to judge
	private static final Duration BEFORE_AND_AFTER = Duration.ofSeconds(580);

	@Test
	void shouldExplainEveryLossWhenProcessesAreKilledAndReplaced() throws Exception {
		Duration duration = (ROUNDS > 0) ? LONGEST_ROUND.multipliedBy(ROUNDS) : SHORT;
		Options options = new Options(duration, SEED, 1, List.of(Step.Kind.values()), ROUNDS, true,
				Path.of("target", "chaos-it"));
		Report report = assertTimeoutPreemptively(duration.plus(BEFORE_AND_AFTER),
				() -> new Chaos(options, System.out).run());
		assertThat(report.isClean()).as(report.text()).isTrue();
		if (ROUNDS > 0) {
			assertThat(report.steps()).as("steps, all in time").isEqualTo(options.steps());
		}
	}

}
