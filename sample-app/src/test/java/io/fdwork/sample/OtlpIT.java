package io.fdwork.sample;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIf;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a daemon and its workers push with OTLP, to a receiver that reads names and
 * attributes.
 */
@Tag("long")
@DisabledIf(value = "io.fdwork.sample.ServletIT#isServlet", disabledReason = "It is the same with any web server")
@Timeout(600)
class OtlpIT {

	// Protocol Buffers: of a message its length, and of a string its length and its bytes
	private static final Pattern INSTANCE = Pattern.compile("service\\.instance\\.id\\x12.\\n.([\\w.@-]+)",
			Pattern.DOTALL);

	private static final Pattern METER = Pattern.compile("(?:fdwork|http|jvm)\\.[a-z.]+");

	private final Map<String, Set<String>> meters = new ConcurrentHashMap<>();

	@Test
	void shouldPushFromEachProcessUnderNameOfItsOwn() throws Exception {
		HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
		receiver.createContext("/v1/metrics", this::receive);
		receiver.start();
		try (ForkedFleet fleet = new ForkedFleet()) {
			// The archive is for a class path without the registry
			fleet.withoutArchive();
			ForkedJvm daemon = fleet.launchDaemon(
					ObservedApplication.class, "--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2",
					"--fdwork.daemon.fleet.cds-archive=false", "--management.otlp.metrics.export.url=http://127.0.0.1:"
							+ receiver.getAddress().getPort() + "/v1/metrics",
					"--management.otlp.metrics.export.step=2s");
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
			Client.getAll(fleet.port(), "/", 50);
			String host = InetAddress.getLocalHost().getHostName();
			Set<String> workers = fleet.workers("READY")
				.stream()
				.map((pid) -> "worker-" + pid + "@" + host)
				.collect(Collectors.toSet());
			Await.until(() -> workers.stream()
				.allMatch((worker) -> meters(worker).containsAll(Set.of("http.server.requests", "jvm.memory.used"))));
			Await.until(() -> meters("daemon@" + host).containsAll(
					Set.of("fdwork.queue.depth", "fdwork.fleet.target", "fdwork.workers.requests", "jvm.memory.used")));
			assertThat(workers).as("has what is its own only")
				.allSatisfy((worker) -> assertThat(meters(worker)).noneMatch((meter) -> meter.startsWith("fdwork.queue")
						|| meter.startsWith("fdwork.fleet") || meter.startsWith("fdwork.workers")));
			assertThat(this.meters.keySet()).as("nobody has another name").hasSize(3);
			System.out.println(this.meters + " by " + OtlpMeterRegistry.class.getSimpleName());
		}
		finally {
			receiver.stop(0);
		}
	}

	private Set<String> meters(String instance) {
		return this.meters.getOrDefault(instance, Set.of());
	}

	private void receive(HttpExchange exchange) throws IOException {
		try (exchange) {
			String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1);
			Matcher instance = INSTANCE.matcher(body);
			Set<String> names = this.meters.computeIfAbsent((instance.find()) ? instance.group(1) : "nobody",
					(name) -> ConcurrentHashMap.newKeySet());
			METER.matcher(body).results().forEach((meter) -> names.add(meter.group()));
			exchange.sendResponseHeaders(200, -1);
		}
	}

}
