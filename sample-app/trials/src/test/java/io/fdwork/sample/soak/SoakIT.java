package io.fdwork.sample.soak;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.ArchivedSample;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A short run of {@link Soak}.
 */
@Tag("long")
class SoakIT {

	@Test
	@Timeout(600)
	void shouldLeaveNothingWhenConnectionsAreServed() throws Exception {
		Path output = Path.of("target", "soak-it");
		ArchivedSample.Launch launch = ArchivedSample.launch();
		List<String> jvmArguments = new ArrayList<>(launch.jvmArguments());
		jvmArguments.addAll(SoakedFleet.JVM_ARGUMENTS);
		Report report = new Soak(new Options(2_000, 1_000, 64, Duration.ofMinutes(5), output), jvmArguments,
				launch.jar(), System.out)
			.run();
		assertThat(report.problems()).as(report.text()).isEmpty();
		assertThat(Files.readString(output.resolve("soak.txt"))).isEqualTo(report.text() + "\n");
		assertThat(output.resolve("soak.json")).isNotEmptyFile();
	}

}
