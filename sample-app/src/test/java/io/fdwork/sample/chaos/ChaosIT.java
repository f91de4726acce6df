package io.fdwork.sample.chaos;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

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
		Options options = new Options(Duration.ofSeconds(20), SEED, 1, List.of(Step.Kind.values()), 0,
				Path.of("target", "chaos-it"));
		Report report = new Chaos(options, System.out).run();
		assertThat(report.isClean()).as(report.text()).isTrue();
	}

}
