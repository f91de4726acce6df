package io.fdwork.internal.metrics;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MergedExposition}.
 */
class MergedExpositionTests {

	private static final Map<String, String> ONE = Map.of("worker", "one", "pid", "1");

	private static final Map<String, String> TWO = Map.of("worker", "two", "pid", "2");

	@Test
	void shouldHaveEachFamilyOnceWithSamplesOfAll() {
		assertThat(merge("""
				# HELP jvm_threads_live_threads The live threads
				# TYPE jvm_threads_live_threads gauge
				jvm_threads_live_threads 9.0
				# HELP fdwork_queue_depth Depth
				# TYPE fdwork_queue_depth gauge
				fdwork_queue_depth{queue="default"} 0.0
				""", """
				# HELP jvm_threads_live_threads The live threads
				# TYPE jvm_threads_live_threads gauge
				jvm_threads_live_threads 21.0
				# TYPE http_server_requests_seconds summary
				http_server_requests_seconds_count{status="200",uri="/a"} 3
				http_server_requests_seconds_sum{status="200",uri="/a"} 0.5
				""", """
				# HELP jvm_threads_live_threads The live threads
				# TYPE jvm_threads_live_threads gauge
				jvm_threads_live_threads 22.0
				# TYPE http_server_requests_seconds summary
				http_server_requests_seconds_count{status="404",uri="/a"} 4
				http_server_requests_seconds_sum{status="404",uri="/a"} 0.25
				""")).isEqualTo("""
				# HELP jvm_threads_live_threads The live threads
				# TYPE jvm_threads_live_threads gauge
				jvm_threads_live_threads{role="daemon"} 9.0
				jvm_threads_live_threads{pid="1",worker="one"} 21.0
				jvm_threads_live_threads{pid="2",worker="two"} 22.0
				# HELP fdwork_queue_depth Depth
				# TYPE fdwork_queue_depth gauge
				fdwork_queue_depth{queue="default"} 0.0
				# TYPE http_server_requests_seconds summary
				http_server_requests_seconds_count{pid="1",worker="one",status="200",uri="/a"} 3
				http_server_requests_seconds_sum{pid="1",worker="one",status="200",uri="/a"} 0.5
				http_server_requests_seconds_count{pid="2",worker="two",status="404",uri="/a"} 4
				http_server_requests_seconds_sum{pid="2",worker="two",status="404",uri="/a"} 0.25
				""");
	}

	@Test
	void shouldLeaveOutWhatDaemonHasOfWorker() {
		assertThat(merge("""
				# TYPE fdwork_worker_got_total counter
				fdwork_worker_got_total{pid="1",worker="one"} 5.0
				""", """
				# TYPE fdwork_worker_got_total counter
				fdwork_worker_got_total{pid="1",worker="one"} 6.0
				# TYPE fdwork_of_application gauge
				fdwork_of_application 1.0
				# TYPE fdwork_worker_busy gauge
				fdwork_worker_busy{pid="1",worker="one"} 7.0
				""", """
				# TYPE fdwork_worker_busy gauge
				fdwork_worker_busy 8.0
				""")).isEqualTo("""
				# TYPE fdwork_worker_got_total counter
				fdwork_worker_got_total{pid="1",worker="one"} 5.0
				# TYPE fdwork_of_application gauge
				fdwork_of_application{pid="1",worker="one"} 1.0
				# TYPE fdwork_worker_busy gauge
				fdwork_worker_busy{pid="1",worker="one",exported_pid="1",exported_worker="one"} 7.0
				fdwork_worker_busy{pid="2",worker="two"} 8.0
				""");
	}

	@Test
	void shouldKeepLabelsOfApplicationUnderOtherNames() {
		assertThat(merge("""
				# TYPE a gauge
				a{role="x",worker="w"} 1
				""", """
				# TYPE a gauge
				a{worker="its } own,\\"pid=\\\\",role="y",pid="z"} 2
				""", "")).isEqualTo("""
				# TYPE a gauge
				a{role="daemon",exported_role="x",worker="w"} 1
				a{pid="1",worker="one",exported_worker="its } own,\\"pid=\\\\",role="y",exported_pid="z"} 2
				""");
	}

	@Test
	void shouldEscapeNameOfWorker() {
		MergedExposition merged = new MergedExposition(new byte[0]);
		merged.add(bytes("# TYPE a gauge\na 1\n"), Map.of("worker", "a \"b\\c\nd"));
		assertThat(text(merged, false)).isEqualTo("# TYPE a gauge\na{worker=\"a \\\"b\\\\c\\nd\"} 1\n");
	}

	@Test
	void shouldHaveOneTypeOfFamily() {
		assertThat(merge("""
				# TYPE a gauge
				a 1
				""", """
				# TYPE a counter
				a 2
				# TYPE b counter
				b 3
				""", """
				# TYPE b gauge
				b 4
				""")).isEqualTo("""
				# TYPE a gauge
				a{role="daemon"} 1
				# TYPE b counter
				b{pid="1",worker="one"} 3
				""");
	}

	@ParameterizedTest
	@ValueSource(strings = { "a", "a{", "a{b", "a{b=", "a{b=\"", "a{b=\"c", "a{b=\"c\"", "a{b=\"c\\\"} 1", "a{b=c} 1",
			"a{b=\"c\"}", "{b=\"c\"} 1", " 1", "# TYPE", "# TYPE a", "#", "# TYPE c gauge", "\n\n" })
	void shouldLeaveOutWhatIsNoSample(String line) {
		String merged = merge("", "# TYPE a gauge\na 1\n" + line + "\n# TYPE d gauge\nd 2\n" + line, "");
		assertThat(merged).isEqualTo("""
				# TYPE a gauge
				a{pid="1",worker="one"} 1
				# TYPE d gauge
				d{pid="1",worker="one"} 2
				""");
	}

	@Test
	void shouldEndOnceInOpenMetrics() {
		MergedExposition merged = new MergedExposition(bytes("# TYPE a gauge\na 1\n# EOF\n"));
		merged.add(bytes("# TYPE b counter\n# UNIT b seconds\n# HELP b B\n"
				+ "b_total{c=\"d\"} 1.0 # {trace_id=\"{x}\",pid=\"5\"} 0.5 1.0\nb_total 2.0 # {pid=\"5\"} 0.5\n# EOF\n"),
				ONE);
		assertThat(text(merged, true)).isEqualTo("""
				# TYPE a gauge
				a{role="daemon"} 1
				# TYPE b counter
				# UNIT b seconds
				# HELP b B
				b_total{pid="1",worker="one",c="d"} 1.0 # {trace_id="{x}",pid="5"} 0.5 1.0
				b_total{pid="1",worker="one"} 2.0 # {pid="5"} 0.5
				# EOF
				""");
	}

	@ParameterizedTest
	@ValueSource(strings = { "text/plain; version=0.0.4; charset=utf-8",
			"application/openmetrics-text; version=1.0.0; charset=utf-8" })
	void shouldKeepEverySampleOfRegistries(String format) throws Exception {
		PrometheusMeterRegistry[] registries = { registry(1), registry(2), registry(3) };
		MergedExposition merged = new MergedExposition(bytes(registries[0].scrape(format)));
		merged.add(bytes(registries[1].scrape(format)), ONE);
		merged.add(bytes(registries[2].scrape(format)), TWO);
		boolean openMetrics = format.startsWith("application");
		String text = text(merged, openMetrics);
		Map<String, String> expected = new TreeMap<>();
		addSamples(expected, registries[0].scrape(format), "role=\"daemon\"");
		addSamples(expected, registries[1].scrape(format), "pid=\"1\",worker=\"one\"");
		addSamples(expected, registries[2].scrape(format), "pid=\"2\",worker=\"two\"");
		Map<String, String> samples = new TreeMap<>();
		addSamples(samples, text, "");
		assertThat(samples).isEqualTo(expected).hasSizeGreaterThan(30);
		assertThat(text.lines().filter((line) -> line.startsWith("# TYPE"))).doesNotHaveDuplicates();
		assertThat(text.endsWith("# EOF\n")).isEqualTo(openMetrics);
	}

	private static PrometheusMeterRegistry registry(int seed) {
		PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
		Counter.builder("orders").tag("kind", "a \"quoted\" {one}\\").register(registry).increment(seed);
		Counter.builder("only." + seed).register(registry).increment();
		Gauge.builder("heap", () -> seed).baseUnit("bytes").description("Heap\nof all").register(registry);
		Timer timer = Timer.builder("http.server.requests")
			.tag("uri", "/a")
			.publishPercentileHistogram()
			.register(registry);
		timer.record(seed, TimeUnit.MILLISECONDS);
		Timer.builder("plain").publishPercentiles(0.5, 0.99).register(registry).record(seed, TimeUnit.SECONDS);
		return registry;
	}

	private static void addSamples(Map<String, String> samples, String text, String labels) {
		text.lines().filter((line) -> !line.startsWith("#")).forEach((line) -> {
			int space = line.lastIndexOf(' ');
			String series = line.substring(0, space);
			if (!labels.isEmpty()) {
				series = (series.contains("{")) ? series.replaceFirst("\\{", "{" + labels + ",")
						: series + "{" + labels + "}";
			}
			assertThat(samples.put(series, line.substring(space))).as(series).isNull();
		});
	}

	private static String merge(String daemon, String one, String two) {
		MergedExposition merged = new MergedExposition(bytes(daemon));
		merged.add(bytes(one), ONE);
		merged.add(bytes(two), TWO);
		return text(merged, false);
	}

	private static String text(MergedExposition merged, boolean openMetrics) {
		return new String(merged.toByteArray(openMetrics), StandardCharsets.UTF_8);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

}
