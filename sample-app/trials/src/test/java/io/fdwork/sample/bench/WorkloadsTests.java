package io.fdwork.sample.bench;

import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Workloads}.
 */
class WorkloadsTests {

	@ParameterizedTest
	@ValueSource(strings = { "connections", "keep-alive" })
	void shouldCompareWorkerToSameWebServerAlone(String workload) {
		for (String server : List.of("webflux", "tomcat", "jetty")) {
			assertThat(entry(workload, null, server + "-worker").pairs()).containsExactly(server + "-direct");
			assertThat(entry(workload, null, server + "-direct").pairs()).isEmpty();
			assertThat(entry(workload, null, server + "-direct-again").pairs()).containsExactly(server + "-direct");
		}
	}

	@Test
	void shouldCompareWorkersThatAcceptToJvmsThatDoAndToThemselves() {
		for (Path before : new Path[] { null, Path.of("before") }) {
			assertThat(entry("connections", before, "fdwork-shared").pairs()).containsExactly("direct", "reuse-port");
			assertThat(entry("connections", before, "fdwork-shared-again").pairs()).containsExactly("fdwork-shared");
		}
	}

	@Test
	void shouldCompareToBuildBeforeAndThatToItselfWhenThereIsOne() {
		Path before = Path.of("before");
		assertThat(entry("connections", before, "fdwork-netty").pairs()).containsExactly("fdwork-netty-before");
		assertThat(entry("connections", before, "fdwork-netty-before-again").pairs())
			.containsExactly("fdwork-netty-before");
		assertThat(entry("connections", before, "tomcat-worker").pairs()).containsExactly("tomcat-direct",
				"tomcat-worker-before");
	}

	private static Entry entry(String workload, Path before, String name) {
		return Workloads.all(before)
			.stream()
			.filter((candidate) -> candidate.name().equals(workload))
			.flatMap((candidate) -> candidate.entries().stream())
			.filter((candidate) -> candidate.name().equals(name))
			.findFirst()
			.orElseThrow();
	}

}
