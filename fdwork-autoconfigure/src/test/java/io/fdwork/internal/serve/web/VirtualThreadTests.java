package io.fdwork.internal.serve.web;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that a worker serves on virtual threads.
 */
@EnabledForJreRange(min = JRE.JAVA_21)
class VirtualThreadTests {

	// More than any of the servers has platform threads
	private static final int REQUESTS = 250;

	@TempDir
	private Path temp;

	@ParameterizedTest
	@EnumSource(names = { "TOMCAT", "JETTY" })
	void shouldServeOnVirtualThreads(WebServerType server) throws Exception {
		try (Served served = new Served(server, true, this.temp.resolve("d"), List.of(ThreadController.class),
				"--spring.threads.virtual.enabled=true")) {
			List<HttpConnection> clients = new ArrayList<>();
			try {
				for (int i = 0; i < REQUESTS; i++) {
					clients.add(new HttpConnection(served.plainPort()).get("/slow?millis=500"));
				}
				for (HttpConnection client : clients) {
					assertThat(client.read().text()).isEqualTo("slow");
					// On the same connection
					assertThat(client.get("/thread").read().text()).startsWith("VirtualThread[");
				}
			}
			finally {
				for (HttpConnection client : clients) {
					client.close();
				}
			}
		}
	}

	/**
	 * More of the application.
	 */
	@RestController
	static class ThreadController {

		@GetMapping("/thread")
		String thread() {
			return Thread.currentThread().toString();
		}

	}

}
