package io.fdwork.sample.chaos;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A short run of {@link Chaos}.
 */
class ChaosIT {

	/**
	 * Begins with the steps that lose most where something is wrong.
	 */
	private static final long SEED = 2;

	@Test
	@Timeout(600)
	void shouldExplainEveryLossWhenProcessesAreKilledAndReplaced() throws Exception {
		Report report = new Chaos(Duration.ofSeconds(20), SEED, 1, Path.of("target", "chaos-it"), System.out).run();
		assertThat(report.isClean()).as(report.text()).isTrue();
	}

}
