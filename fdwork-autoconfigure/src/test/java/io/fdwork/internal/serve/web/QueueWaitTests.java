package io.fdwork.internal.serve.web;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.daemon.Daemon;
import io.micrometer.common.KeyValue;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests that a request which is observed knows how long it waited in the queue.
 */
@ParameterizedClass(name = "{0}")
@EnumSource
class QueueWaitTests {

	@TempDir
	private Path temp;

	@Parameter
	private WebServerType server;

	@Test
	void shouldKnowWaitOfFirstRequest() throws Exception {
		try (Served served = new Served(this.server, true, this.temp.resolve("d"), List.of(Observing.class))) {
			Daemon daemon = served.daemon().getBean(Daemon.class);
			Recorder recorder = served.plain().getBean(Recorder.class);
			// Before, it may get what comes before it hears the order
			Awaitility.await().until(() -> daemon.snapshot().readyWorkers() == 1);
			daemon.quiesce();
			Awaitility.await().until(() -> daemon.snapshot().readyWorkers() == 0);
			try (HttpConnection client = new HttpConnection(served.plainPort())) {
				client.get("/text?size=1");
				Awaitility.await()
					.atMost(20, TimeUnit.SECONDS)
					.until(() -> daemon.snapshot().queues().stream().mapToLong((queue) -> queue.depth()).sum() == 1);
				long queued = System.nanoTime();
				Awaitility.await().until(() -> System.nanoTime() - queued > TimeUnit.MILLISECONDS.toNanos(50));
				daemon.resume();
				assertThat(client.read().body()).isNotEmpty();
				assertThat(client.get("/text?size=1").read().body()).isNotEmpty();
				Awaitility.await().until(() -> recorder.of("http.server.requests").size() == 2);
			}
			List<Observation.Context> requests = recorder.of("http.server.requests");
			List<Observation.Context> waits = recorder.of("fdwork.queue");
			assertThat(waits).singleElement()
				.satisfies(
						(wait) -> assertThat(wait.getParentObservation().getContextView()).isSameAs(requests.get(0)));
			assertThat(waits.get(0).getLowCardinalityKeyValues())
				.containsExactly(KeyValue.of("fdwork.queue", "default"));
			assertThat(Duration.parse(requests.get(0).getHighCardinalityKeyValue("fdwork.wait").getValue()))
				.isBetween(Duration.ofMillis(50), Duration.ofMinutes(2));
			assertThat(requests.get(1).getHighCardinalityKeyValue("fdwork.wait")).as("has not waited").isNull();
			assertThat(
					served.plain().getBean(MeterRegistry.class).get("http.server.requests").timer().getId().getTags())
				.noneMatch((tag) -> tag.getKey().startsWith("fdwork"));
			assertThat(served.plain().getBean(MeterRegistry.class).find("fdwork.queue").meters()).isEmpty();
		}
	}

	/**
	 * Has a recorder.
	 */
	@Configuration(proxyBeanMethods = false)
	static class Observing {

		@Bean
		Recorder recorder() {
			return new Recorder();
		}

	}

	/**
	 * Remembers what has been observed.
	 */
	static final class Recorder implements ObservationHandler<Observation.Context> {

		private final Queue<Observation.Context> stopped = new ConcurrentLinkedQueue<>();

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

		@Override
		public void onStop(Observation.Context context) {
			this.stopped.add(context);
		}

		List<Observation.Context> of(String name) {
			return this.stopped.stream().filter((context) -> name.equals(context.getName())).toList();
		}

	}

}
