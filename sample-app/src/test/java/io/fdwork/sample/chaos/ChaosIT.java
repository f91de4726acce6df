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
	 * Begins with the daemon and a worker killed, a worker stopped, and the daemon killed
	 * with a full queue: a slow machine gets no further.
	 */
	private static final long SEED = 551;

	@Test
	@Timeout(600)
	void shouldExplainEveryLossWhenProcessesAreKilledAndReplaced() throws Exception {
		Report report = new Chaos(Duration.ofSeconds(20), SEED, 1, Path.of("target", "chaos-it"), System.out).run();
		assertThat(report.isClean()).as(report.text()).isTrue();
	}

}
