package io.fdwork.internal.serve.web;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import jakarta.servlet.http.HttpSession;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.WebSession;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that a worker says once that sessions are in its memory, when there is one.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(120)
class SessionsTests {

	private static final String SAID = "An HTTP session was made in the memory of this worker";

	@TempDir
	private Path temp;

	static Stream<Arguments> servers() {
		return WebServerTests.servers();
	}

	@ParameterizedTest(name = "{0}, worker = {1}")
	@MethodSource("servers")
	void shouldSayOnceThatSessionIsInMemoryWhenOneIsMadeInWorker(WebServerType server, boolean worker,
			CapturedOutput output) throws Exception {
		try (Served served = new Served(server, worker, this.temp.resolve("d"),
				List.of(server.isReactive() ? FluxSessions.class : MvcSessions.class))) {
			assertThat(get(served, "/text?size=7")).isEqualTo(200);
			assertThat(output).doesNotContain(SAID);
			assertThat(get(served, "/session")).isEqualTo(200);
			assertThat(get(served, "/session")).isEqualTo(200);
			assertThat(output.toString().split(SAID, -1)).hasSize((worker) ? 2 : 1);
		}
	}

	private static int get(Served served, String path) throws Exception {
		try (HttpConnection client = new HttpConnection(served.plainPort())) {
			return client.get(path).read().status();
		}
	}

	@RestController
	static class MvcSessions {

		@GetMapping("/session")
		String session(HttpSession session) {
			session.setAttribute("name", "value");
			return "kept";
		}

	}

	@RestController
	static class FluxSessions {

		@GetMapping("/session")
		String session(WebSession session) {
			session.getAttributes().put("name", "value");
			return "kept";
		}

	}

}
