package io.fdwork.internal.serve.web;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that a worker answers to whatever a client sends what its web server alone would
 * answer, byte for byte.
 */
@ParameterizedClass
@EnumSource
@Timeout(600)
class ConformanceTests {

	/**
	 * What a client sends before its upgrade is answered, which it must not do, is lost
	 * with Reactor Netty alone. In a worker the decoder of WebSocket gets it too early.
	 */
	private static final String UPGRADE_WITHOUT_WAITING = "after an upgrade";

	/**
	 * Alone, Reactor Netty answers none of the requests that wait when the last one
	 * comes; a worker answers all of them.
	 */
	private static final Pattern PIPELINED_BEFORE_LAST = Pattern.compile(
			"slow and fast\n +alone: .*slow \\[ended]\n +worker: .*slowHTTP.*xxxHTTP.*connection: close.*xx \\[ended]");

	@TempDir
	private static Path temp;

	private static Served alone;

	private static Served worker;

	@Parameter
	private WebServerType server;

	@BeforeParameterizedClassInvocation
	static void start(WebServerType server) {
		alone = new Served(server, false, temp.resolve("none"), List.of());
		worker = new Served(server, true, temp.resolve("d-" + server), List.of(),
				"--fdwork.worker.return-idle-after=20ms");
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		worker.close();
		alone.close();
	}

	@Test
	void shouldAnswerAsServerAlone() throws Exception {
		assertThat(differences(RawCorpus.few())).isEmpty();
	}

	@Test
	@Tag("long")
	void shouldAnswerEverythingAsServerAlone() throws Exception {
		List<RawInput> all = RawCorpus.all();
		assertThat(all).hasSizeGreaterThan(150);
		assertThat(differences(all)).isEmpty();
	}

	private boolean isKnown(String difference) {
		return switch (this.server) {
			case REACTOR_NETTY ->
				difference.startsWith(UPGRADE_WITHOUT_WAITING) || PIPELINED_BEFORE_LAST.matcher(difference).matches();
			// Now and then it says nothing to half a request, alone too
			case JETTY ->
				difference.lines().findFirst().orElseThrow().endsWith(", then end") && difference.contains("Early EOF");
			case TOMCAT -> false;
		};
	}

	private List<String> differences(List<RawInput> inputs) throws Exception {
		RawComparison comparison = new RawComparison(alone.plainPort(), worker.plainPort());
		List<String> differences = comparison.differences(inputs);
		for (int port : List.of(alone.plainPort(), worker.plainPort())) {
			Awaitility.await()
				.atMost(Duration.ofSeconds(30))
				.untilAsserted(() -> assertThat(comparison.heldInVain(port)).isEmpty());
		}
		return differences.stream().filter((difference) -> !isKnown(difference)).toList();
	}

}
