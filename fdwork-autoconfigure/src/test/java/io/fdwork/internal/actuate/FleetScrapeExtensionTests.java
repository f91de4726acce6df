package io.fdwork.internal.actuate;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;

import io.fdwork.WorkHandler;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.internal.daemon.Daemon;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.prometheus.PrometheusOutputFormat;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link FleetScrapeExtension}: whole applications, and what Boot configures.
 */
class FleetScrapeExtensionTests {

	private static final String PID = String.valueOf(ProcessHandle.current().pid());

	private static final String EXPOSED = "management.endpoints.web.exposure.include=prometheus";

	@TempDir
	private Path temp;

	@Test
	void shouldHaveMetersOfWorkerAndTellThoseOfDaemonApart() {
		try (ConfigurableApplicationContext daemon = daemon(EXPOSED, "fdwork.daemon.scrape.timeout=20s");
				ConfigurableApplicationContext worker = worker()) {
			worker.getBean(MeterRegistry.class).counter("orders", "kind", "a").increment(3);
			await().until(() -> daemon.getBean(Daemon.class).snapshot().readyWorkers() == 1);
			String text = scrape(daemon, PrometheusOutputFormat.CONTENT_TYPE_004, null);
			assertThat(text).contains("orders_total{pid=\"" + PID + "\",worker=\"one\",kind=\"a\"} 3.0\n")
				.containsOnlyOnce("# TYPE jvm_threads_live_threads gauge\n")
				.containsOnlyOnce("jvm_threads_live_threads{pid=\"" + PID + "\",worker=\"one\"} ")
				.containsOnlyOnce("jvm_threads_live_threads{role=\"daemon\"} ")
				.containsOnlyOnce("fdwork_worker_concurrency{pid=\"" + PID + "\",worker=\"one\"} 2.0\n")
				.contains("fdwork_scrape_missing_total{cause=\"unanswered\"} 0.0\n")
				.doesNotContain("exported_", "# EOF");
			String openMetrics = scrape(daemon, PrometheusOutputFormat.CONTENT_TYPE_OPENMETRICS_100, null);
			assertThat(openMetrics).containsPattern("# TYPE orders counter\n# HELP orders .*\norders_total\\{")
				.containsOnlyOnce("# EOF\n")
				.endsWith("# EOF\n");
			assertThat(
					scrape(daemon, PrometheusOutputFormat.CONTENT_TYPE_004, Set.of("orders", "fdwork_workers")).lines()
						.filter((line) -> line.startsWith("# TYPE")))
				.containsExactlyInAnyOrder("# TYPE orders_total counter", "# TYPE fdwork_workers gauge");
		}
	}

	@Test
	void shouldGiveTextInsteadOfProtocolBuffers() {
		try (ConfigurableApplicationContext daemon = daemon(EXPOSED)) {
			WebEndpointResponse<byte[]> response = daemon.getBean(FleetScrapeExtension.class)
				.scrape(PrometheusOutputFormat.CONTENT_TYPE_PROTOBUF, null);
			assertThat(response.getContentType()).hasToString("text/plain;version=0.0.4;charset=utf-8");
			assertThat(new String(response.getBody(), StandardCharsets.UTF_8)).contains("# TYPE fdwork_workers gauge");
		}
	}

	@Test
	void shouldAskNobodyWhereDaemonCannotBeScraped() {
		try (ConfigurableApplicationContext daemon = daemon("management.endpoints.web.exposure.include=health")) {
			assertThat(daemon.getBeansOfType(FleetScrapeExtension.class)).isEmpty();
		}
	}

	@Test
	void shouldAskNobodyWhenPropertySaysSo() {
		try (ConfigurableApplicationContext daemon = daemon(EXPOSED, "fdwork.daemon.scrape.enabled=false")) {
			assertThat(daemon.getBeansOfType(FleetScrapeExtension.class)).isEmpty();
		}
	}

	private ConfigurableApplicationContext daemon(String... properties) {
		String[] all = { "fdwork.role=daemon", "fdwork.directory=" + this.temp.resolve("d"), "server.address=127.0.0.1",
				"server.port=0", properties[0], properties[properties.length - 1] };
		return RoleContexts.start(RoleContexts.Application.class, all);
	}

	private ConfigurableApplicationContext worker() {
		return RoleContexts.start(Greeting.class, "fdwork.role=worker", "fdwork.directory=" + this.temp.resolve("d"),
				"fdwork.worker.name=one", "fdwork.worker.concurrency=2");
	}

	private static String scrape(ConfigurableApplicationContext daemon, PrometheusOutputFormat format,
			@Nullable Set<String> names) {
		WebEndpointResponse<byte[]> response = daemon.getBean(FleetScrapeExtension.class).scrape(format, names);
		assertThat(response.getContentType()).isEqualTo(format.getProducedMimeType());
		return new String(response.getBody(), StandardCharsets.UTF_8);
	}

	@Configuration(proxyBeanMethods = false)
	static class Greeting {

		@Bean
		WorkHandler handler() {
			return (work) -> {
			};
		}

	}

}
