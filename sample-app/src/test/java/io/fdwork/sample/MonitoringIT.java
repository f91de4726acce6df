package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client.Fate;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.yaml.snakeyaml.Yaml;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A real Prometheus that scrapes a fleet, with the dashboard and the alert rules of the
 * documentation.
 */
@Tag("long")
@Timeout(900)
class MonitoringIT {

	private static final Path SHIPPED = Path.of("..", "docs", "src", "docs", "asciidoc", "monitoring");

	private static final int REFRESHES = 5;

	private static final long STEP_SECONDS = 2;

	private static final int WINDOW_SECONDS = 10;

	private static Path programs;

	@BeforeAll
	static void find() throws Exception {
		programs = Prometheus.programs(Path.of("target", "prometheus"));
		assumeThat(programs).as("there is a Prometheus, or its package can be had").isNotNull();
	}

	@Test
	void shouldHaveRulesThatFireWhenTheirCauseIsThereAndNeverElse() throws Exception {
		assertThat(Prometheus.promtool(programs, SHIPPED, "check", "config", "prometheus.yml")).startsWith("0\n");
		assertThat(Prometheus.promtool(programs, SHIPPED, "check", "rules", "fdwork-alerts.yml")).startsWith("0\n");
		assertThat(Prometheus.promtool(programs, SHIPPED, "test", "rules", "fdwork-alerts-tests.yml"))
			.startsWith("0\n");
		Map<String, Set<Boolean>> tested = new TreeMap<>();
		for (Map<String, Object> test : list(yaml("fdwork-alerts-tests.yml"), "tests")) {
			for (Map<String, Object> alert : list(test, "alert_rule_test")) {
				tested.computeIfAbsent((String) alert.get("alertname"), (name) -> new TreeSet<>())
					.add(!list(alert, "exp_alerts").isEmpty());
			}
		}
		assertThat(tested.keySet()).isEqualTo(alerts().keySet());
		assertThat(tested.values()).allMatch((fires) -> fires.size() == 2);
	}

	@Test
	void shouldShowDataInEachPanelAndNoDipInRefreshes() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=2", "--fdwork.daemon.fleet.max=2",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.scrape.timeout=1s",
					"--management.metrics.distribution.percentiles-histogram.http.server.requests=true");
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
			long start = Instant.now().getEpochSecond();
			NavigableMap<Long, Long> served = new TreeMap<>();
			Load load = new Load(fleet.port(), "/work?millis=20", 4);
			Load slow = new Load(fleet.port(), "/sleep?millis=60", 1);
			try (Prometheus prometheus = new Prometheus(programs, fleet.directory().resolve("prometheus"),
					configuration(fleet)); load; slow; Load refused = new Load(fleet.port(), "/work?millis=x", 1)) {
				load.awaitServed(100);
				for (int generation = 2; generation <= REFRESHES + 1; generation++) {
					assertThat(fleet.operate("refresh", "{\"batch\":\"100%\"}").statusCode()).isEqualTo(200);
					int wanted = generation;
					Await.until(() -> {
						served.put(Instant.now().toEpochMilli(), load.count(Fate.SERVED) + slow.count(Fate.SERVED));
						return fleet.state().at("/fleet/lastRefresh/generation").asInt(1) == wanted;
					});
				}
				long refreshed = Instant.now().getEpochSecond();
				assertNoDip(prometheus, served, start, refreshed);
				ProcessHandle.of(fleet.managed().get(0)).orElseThrow().destroyForcibly();
				Await.until(() -> fleet.state().at("/fleet/exitCounts/CRASHED").asInt() == 1);
				assertDataInEachPanel(prometheus, start);
				assertSilence(prometheus);
				Await.until(() -> prometheus.get("/api/v1/query?query=sum(fdwork_workers%7Bstate=%22ready%22%7D)")
					.at("/data/result/0/value/1")
					.asString("")
					.equals("2"));
				leavePicture(prometheus, start);
				assertThat(refused.count(Fate.LOST)).as("answered with 400").isPositive();
			}
			assertThat(load.count(Fate.REFUSED) + slow.count(Fate.REFUSED)).isZero();
		}
	}

	/**
	 * What the daemon counts of all workers goes as the load does, whatever workers go.
	 */
	private static void assertNoDip(Prometheus prometheus, NavigableMap<Long, Long> served, long start, long end)
			throws IOException {
		List<Double> measured = new ArrayList<>();
		List<Double> own = new ArrayList<>();
		JsonNode rates = prometheus.range(
				"sum(rate(fdwork_workers_requests_seconds_count{status=\"2xx\"}[" + WINDOW_SECONDS + "s]))",
				start + 2 * WINDOW_SECONDS, end, STEP_SECONDS);
		for (JsonNode point : rates.at("/data/result/0/values")) {
			measured.add(Double.valueOf(point.get(1).asString()));
			long until = point.get(0).asLong() * 1000;
			Map.Entry<Long, Long> last = served.floorEntry(until);
			Map.Entry<Long, Long> first = served.floorEntry(until - WINDOW_SECONDS * 1000L);
			if (last != null && first != null) {
				own.add((last.getValue() - first.getValue()) * 1000.0 / (last.getKey() - first.getKey()));
			}
		}
		assertThat(measured).hasSizeGreaterThan(10);
		assertThat(own).hasSizeGreaterThan(10);
		double least = own.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
		double most = own.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
		assertThat(measured).as("from %s to %s a second", least, most)
			.allMatch((rate) -> rate > least / 2 && rate < most * 1.5);
	}

	private static void assertDataInEachPanel(Prometheus prometheus, long start) throws IOException {
		Map<String, String> expressions = expressions();
		assertThat(expressions).hasSizeGreaterThan(50);
		expressions.forEach((panel, expression) -> Await.until(() -> {
			JsonNode answer = prometheus.range(expression, start, Instant.now().getEpochSecond(), STEP_SECONDS);
			assertThat(answer.path("status").asString()).as(panel + ": " + answer).isEqualTo("success");
			return !answer.at("/data/result").isEmpty() && hasNumber(answer.at("/data/result"));
		}));
	}

	private static boolean hasNumber(JsonNode series) {
		return series.valueStream()
			.flatMap((one) -> one.path("values").valueStream())
			.anyMatch((point) -> !point.get(1).asString().equals("NaN"));
	}

	/**
	 * Return the expressions of the dashboard by the panel or the annotation that has
	 * them, as Grafana asks for them.
	 */
	private static Map<String, String> expressions() throws IOException {
		JsonNode dashboard = dashboard();
		Map<String, String> expressions = new LinkedHashMap<>();
		for (JsonNode panel : dashboard.path("panels")) {
			for (JsonNode target : panel.path("targets")) {
				expressions.put(panel.path("id").asInt() + " " + panel.path("title").asString() + " "
						+ target.path("refId").asString(), expression(target));
			}
		}
		for (JsonNode annotation : dashboard.at("/annotations/list")) {
			if (annotation.has("expr")) {
				expressions.put(annotation.path("name").asString(), expression(annotation));
			}
		}
		return expressions;
	}

	private static JsonNode dashboard() {
		return JsonMapper.shared().readTree(SHIPPED.resolve("fdwork-dashboard.json").toFile());
	}

	private static String expression(JsonNode query) {
		String expression = query.path("expr")
			.asString()
			.replace("$__rate_interval", WINDOW_SECONDS + "s")
			.replace("$job", ".*")
			.replace("$instance", ".*");
		assertThat(expression).doesNotContain("$");
		return expression;
	}

	/**
	 * Draw the dashboard. Its annotations look back as far as suits the time that is
	 * shown.
	 */
	private static void leavePicture(Prometheus prometheus, long start) throws IOException {
		PanelChart.Time time = new PanelChart.Time(start + 2 * STEP_SECONDS, Instant.now().getEpochSecond(), 1);
		JsonNode dashboard = dashboard();
		String picture = new DashboardPicture(dashboard,
				(target) -> prometheus
					.range(expression(target).replace("[1m]", "[" + 2 * STEP_SECONDS + "s]"), time.from(), time.to(),
							time.step())
					.at("/data/result"),
				time)
			.draw();
		Files.writeString(Path.of("target", "dashboard.svg"), picture);
		assertThat(picture).doesNotContain("NaN", "null", "{{");
		for (JsonNode panel : dashboard.path("panels")) {
			assertThat(picture).contains(">" + panel.path("title").asString().substring(0, 4));
		}
	}

	private static void assertSilence(Prometheus prometheus) throws IOException {
		JsonNode rules = prometheus.get("/api/v1/rules").at("/data/groups/0/rules");
		assertThat(rules).hasSize(alerts().size());
		for (JsonNode rule : rules) {
			assertThat(rule.path("health").asString()).as(rule.toString()).isEqualTo("ok");
			assertThat(rule.path("state").asString()).as(rule.toString()).isNotEqualTo("firing");
		}
		Set<String> names = new TreeSet<>();
		prometheus.get("/api/v1/label/__name__/values").path("data").forEach((name) -> names.add(name.asString()));
		alerts().forEach((alert, expression) -> {
			Matcher meter = Pattern.compile("(?<![a-z_])(?:fdwork_[a-z_]+|up)(?=[{\\[ )])").matcher(expression);
			assertThat(meter.find()).as(expression).isTrue();
			do {
				assertThat(names).as(alert).contains(meter.group());
			}
			while (meter.find());
		});
	}

	private static Map<String, String> alerts() throws IOException {
		Map<String, String> alerts = new TreeMap<>();
		for (Map<String, Object> group : list(yaml("fdwork-alerts.yml"), "groups")) {
			for (Map<String, Object> rule : list(group, "rules")) {
				alerts.put((String) rule.get("alert"), (String) rule.get("expr"));
			}
		}
		return alerts;
	}

	private static String configuration(ForkedFleet fleet) throws IOException {
		return Files.readString(SHIPPED.resolve("prometheus.yml"))
			.replace("15s", "2s")
			.replace("10s", "2s")
			.replace("fdwork-alerts.yml", SHIPPED.resolve("fdwork-alerts.yml").toAbsolutePath().toString())
			.replace("127.0.0.1:9090", "127.0.0.1:" + fleet.managementPort());
	}

	private static Map<String, Object> yaml(String file) throws IOException {
		return new Yaml().load(Files.readString(SHIPPED.resolve(file)));
	}

	@SuppressWarnings("unchecked")
	private static List<Map<String, Object>> list(Map<String, Object> yaml, String key) {
		return (List<Map<String, Object>>) yaml.get(key);
	}

}
