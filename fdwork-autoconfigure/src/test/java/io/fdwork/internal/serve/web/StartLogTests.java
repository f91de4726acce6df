package io.fdwork.internal.serve.web;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

import io.fdwork.internal.serve.tomcat.PortlessTomcatWebServerFactory;
import org.apache.coyote.AbstractProtocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.tomcat.TomcatWebServer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests that the log of a start says once what matters, and nothing that is not so.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(120)
class StartLogTests {

	/**
	 * How many lines fdwork logs in a daemon and a worker together, on the way to their
	 * first connection, besides those of what becomes of the worker then.
	 */
	private static final int OWN_LINES = 7;

	/**
	 * Whether a worker registers before its application accepts traffic, and how much of
	 * that was said yet, is a matter of moments. Each is said once.
	 */
	private static final Pattern STATE = Pattern.compile("Worker \\S+ with pid \\d+ (?:has joined|is [A-Z]+)"
			+ "|The application refuses traffic: getting nothing|This worker is the leader");

	/**
	 * How many lines they log at all. Jetty has most: five for each server, of which
	 * there are four here.
	 */
	private static final int MAX_LINES = 50;

	@TempDir
	private Path directory;

	@ParameterizedTest
	@EnumSource
	void shouldSayOnceWhereDaemonListensAndWhatWorkerGets(WebServerType server, CapturedOutput output) {
		int before = output.getAll().length();
		try (Served served = new Served(server, true, this.directory, List.of())) {
			long pid = ProcessHandle.current().pid();
			String gets = "Registered with the daemon with pid " + pid + " in " + this.directory + ", and gets from ";
			await().until(() -> output.getAll().substring(before).contains(gets));
			String endpoints = "The endpoints of this worker are at http://127.0.0.1:";
			await().until(() -> output.getAll().substring(before).contains(endpoints));
			String log = output.getAll().substring(before);
			assertThat(log).containsOnlyOnce("Listening on 127.0.0.1:" + served.plainPort())
				.containsOnlyOnce("workers register in " + this.directory)
				.containsOnlyOnce("The endpoints of this daemon are at http://127.0.0.1:")
				.containsOnlyOnce(gets)
				.doesNotContainIgnoringCase("started on port")
				.doesNotContain("initialized with port")
				.doesNotContain("0.0.0.0:0")
				.doesNotContain("port -1");
			List<String> lines = log.lines().filter((line) -> !line.contains(" o.s.i.")).toList();
			List<String> own = lines.stream()
				.filter((line) -> line.contains(" io.fdwork.") || line.contains(" i.f."))
				.toList();
			assertThat(own).filteredOn((line) -> !STATE.matcher(line).find()).hasSize(OWN_LINES);
			assertThat(own.stream().flatMap((line) -> STATE.matcher(line).results()).map(MatchResult::group))
				.doesNotHaveDuplicates();
			assertThat(lines).hasSizeLessThanOrEqualTo(MAX_LINES);
		}
	}

	@Test
	void shouldNameThreadsOfTomcatAfterThePortThatClientsConnectTo() {
		PortlessTomcatWebServerFactory factory = PortlessTomcatWebServerFactory.forMainServer(null, 18080);
		factory.setPort(8080);
		TomcatWebServer server = (TomcatWebServer) factory.getWebServer();
		try {
			// Before that it has no connector
			server.start();
			AbstractProtocol<?> protocol = (AbstractProtocol<?>) server.getTomcat().getConnector().getProtocolHandler();
			assertThat(protocol.getName()).isEqualTo("\"http-nio-18080\"");
		}
		finally {
			server.stop();
			server.destroy();
		}
	}

}
