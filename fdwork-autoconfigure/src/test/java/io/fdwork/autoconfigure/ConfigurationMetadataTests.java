package io.fdwork.autoconfigure;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.BeanWrapper;
import org.springframework.beans.BeanWrapperImpl;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.convert.TypeDescriptor;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the metadata of the properties. The documentation is compared with it by its
 * own tests.
 */
class ConfigurationMetadataTests {

	@Test
	void shouldHaveMetadataOfEachProperty() throws Exception {
		assertThat(properties()).containsOnlyKeys("fdwork.role", "fdwork.application", "fdwork.directory",
				"fdwork.daemon.integration-channel", "fdwork.daemon.takeover-timeout", "fdwork.daemon.console-buffer",
				"fdwork.daemon.application", "fdwork.daemon.fleet.cds-archive", "fdwork.daemon.fleet.arguments",
				"fdwork.daemon.fleet.drain-timeout", "fdwork.daemon.fleet.environment",
				"fdwork.daemon.fleet.scale-down-after", "fdwork.daemon.fleet.jar",
				"fdwork.daemon.fleet.jar-directories", "fdwork.daemon.fleet.java-home",
				"fdwork.daemon.fleet.jvm-arguments", "fdwork.daemon.fleet.max", "fdwork.daemon.fleet.max-backoff-delay",
				"fdwork.daemon.fleet.max-start-failures", "fdwork.daemon.fleet.max-starting",
				"fdwork.daemon.fleet.max-age", "fdwork.daemon.fleet.max-requests", "fdwork.daemon.fleet.max-memory",
				"fdwork.daemon.fleet.max-heap", "fdwork.daemon.fleet.hang-timeout",
				"fdwork.daemon.fleet.max-service-time", "fdwork.daemon.fleet.min",
				"fdwork.daemon.fleet.refresh.bake-time", "fdwork.daemon.fleet.refresh.canary",
				"fdwork.daemon.fleet.refresh.min-requests", "fdwork.daemon.fleet.refresh.failure-factor",
				"fdwork.daemon.fleet.refresh.failure-tolerance", "fdwork.daemon.fleet.refresh.service-time-factor",
				"fdwork.daemon.fleet.refresh.service-time-tolerance", "fdwork.daemon.fleet.min-backoff-delay",
				"fdwork.daemon.fleet.output", "fdwork.daemon.fleet.start-timeout",
				"fdwork.daemon.fleet.training-arguments", "fdwork.daemon.fleet.scale-up-after",
				"fdwork.daemon.fleet.working-directory", "fdwork.daemon.handshake-timeout",
				"fdwork.daemon.idle-timeout", "fdwork.daemon.keep-listeners-on-stop", "fdwork.daemon.listeners",
				"fdwork.daemon.max-idle-connections", "fdwork.daemon.max-workers", "fdwork.daemon.integration-timeout",
				"fdwork.daemon.queues", "fdwork.daemon.report-interval", "fdwork.daemon.recovery.max-connections",
				"fdwork.daemon.page.enabled", "fdwork.daemon.page.hosts", "fdwork.daemon.replay.methods",
				"fdwork.daemon.replay.max-request-size", "fdwork.daemon.scrape.enabled", "fdwork.daemon.scrape.timeout",
				"fdwork.daemon.scrape.max-size", "fdwork.daemon.stop-delay", "fdwork.daemon.allowed-groups",
				"fdwork.daemon.allowed-users", "fdwork.systemd.enabled", "fdwork.worker.integration-channel",
				"fdwork.worker.concurrency", "fdwork.worker.daemon-timeout", "fdwork.worker.daemon-user",
				"fdwork.worker.departed-clients", "fdwork.worker.descriptor-reserve", "fdwork.worker.event-loops",
				"fdwork.worker.return-idle-after", "fdwork.worker.max-reconnect-delay",
				"fdwork.worker.min-reconnect-delay", "fdwork.worker.name", "fdwork.worker.queues",
				"fdwork.worker.slow-start", "fdwork.worker.warm-up.paths", "fdwork.worker.warm-up.requests",
				"fdwork.worker.warm-up.server-requests", "fdwork.worker.warm-up.timeout");
	}

	@Test
	void shouldDescribeEachProperty() throws Exception {
		assertThat(properties())
			.allSatisfy((name, property) -> assertThat(property.path("description").asString("")).as(name)
				.endsWith(".")
				.matches("[A-Z].*")
				.doesNotStartWith("The "));
	}

	@Test
	void shouldGiveTypesThatToolsUnderstand() throws Exception {
		Map<String, JsonNode> properties = properties();
		assertThat(type(properties, "fdwork.role")).isEqualTo(Role.class.getName());
		assertThat(type(properties, "fdwork.directory")).isEqualTo("java.nio.file.Path");
		assertThat(type(properties, "fdwork.worker.concurrency")).isEqualTo("java.lang.Integer");
		assertThat(properties.keySet())
			.filteredOn((name) -> name.endsWith("-timeout") || name.endsWith("-delay") || name.endsWith("-interval")
					|| name.endsWith("-after"))
			.hasSize(17)
			.allSatisfy((name) -> assertThat(type(properties, name)).isEqualTo("java.time.Duration"));
	}

	private static String type(Map<String, JsonNode> properties, String name) {
		return properties.get(name).path("type").asString();
	}

	@Test
	void shouldHintAtRolesAndChannels() throws Exception {
		JsonNode hints = metadata().path("hints");
		assertThat(hints.valueStream().map((hint) -> hint.path("name").asString())).containsExactlyInAnyOrder(
				"fdwork.role", "fdwork.daemon.integration-channel", "fdwork.worker.integration-channel");
		JsonNode roles = hints.valueStream()
			.filter((hint) -> hint.path("name").asString().equals("fdwork.role"))
			.findFirst()
			.orElseThrow()
			.path("values");
		assertThat(roles.valueStream().map((value) -> value.path("value").asString()))
			.containsExactlyInAnyOrder("daemon", "worker", "none");
		assertThat(roles.valueStream())
			.allSatisfy((value) -> assertThat(value.path("description").asString("")).isNotBlank());
	}

	@Test
	void shouldGiveDefaultsThatPropertiesHave() throws Exception {
		BeanWrapper bean = new BeanWrapperImpl(new FdworkProperties());
		assertThat(properties()).allSatisfy((name, property) -> {
			String path = camelCase(name.substring("fdwork.".length()));
			Object value = bean.getPropertyValue(path);
			assertThat(defaultValue(property, bean.getPropertyTypeDescriptor(path))).as(name)
				.isEqualTo((isEmpty(value)) ? null : value);
		});
	}

	@Test
	void shouldGiveDefaultsThatDaemonOptionsHave() throws Exception {
		assertThat(sameInOptions("fdwork.daemon.", new DaemonOptions())).containsExactlyInAnyOrder(
				"fdwork.daemon.report-interval", "fdwork.daemon.handshake-timeout", "fdwork.daemon.max-workers",
				"fdwork.daemon.takeover-timeout", "fdwork.daemon.keep-listeners-on-stop",
				"fdwork.daemon.max-idle-connections");
	}

	@Test
	void shouldGiveDefaultsThatWorkerOptionsHave() throws Exception {
		assertThat(sameInOptions("fdwork.worker.", new WorkerOptions(Path.of("."), 1))).containsExactlyInAnyOrder(
				"fdwork.worker.daemon-timeout", "fdwork.worker.departed-clients", "fdwork.worker.descriptor-reserve",
				"fdwork.worker.min-reconnect-delay", "fdwork.worker.max-reconnect-delay", "fdwork.worker.slow-start",
				"fdwork.worker.warm-up.requests", "fdwork.worker.warm-up.server-requests",
				"fdwork.worker.warm-up.timeout");
	}

	@Test
	void shouldDescribeConcurrencyOfEachWayOfServing() throws Exception {
		String description = properties().get("fdwork.worker.concurrency").path("description").asString();
		for (ServingMode mode : ServingMode.values()) {
			assertThat(description).contains(" " + mode.defaultConcurrency() + " for ");
		}
	}

	/**
	 * Compare the defaults of options with those of the properties that are copied to
	 * them.
	 * @return the names of these properties
	 */
	private static Set<String> sameInOptions(String prefix, Object options) throws Exception {
		BeanWrapper bean = new BeanWrapperImpl(options);
		Set<String> names = new TreeSet<>();
		Map<String, JsonNode> properties = properties();
		// That of the options is the name
		properties.remove("fdwork.daemon.application");
		for (Map.Entry<String, JsonNode> property : properties.entrySet()) {
			String name = property.getKey();
			String path = (name.startsWith(prefix)) ? camelCase(name.substring(prefix.length()).replace('.', '-')) : "";
			if (bean.isWritableProperty(path) && property.getValue().has("defaultValue")) {
				assertThat(defaultValue(property.getValue(), bean.getPropertyTypeDescriptor(path))).as(name)
					.isEqualTo(bean.getPropertyValue(path));
				names.add(name);
			}
		}
		return names;
	}

	private static @Nullable Object defaultValue(JsonNode property, TypeDescriptor type) {
		JsonNode value = property.path("defaultValue");
		if (value.isMissingNode()) {
			return null;
		}
		String text = (value.isArray()) ? value.valueStream().map(JsonNode::asString).collect(Collectors.joining(","))
				: value.asString();
		return ApplicationConversionService.getSharedInstance().convert(text, type);
	}

	private static String camelCase(String name) {
		return Pattern.compile("-(.)").matcher(name).replaceAll((letter) -> letter.group(1).toUpperCase(Locale.ROOT));
	}

	private static boolean isEmpty(@Nullable Object value) {
		return (value instanceof Collection<?> collection && collection.isEmpty())
				|| (value instanceof Map<?, ?> map && map.isEmpty());
	}

	private static Map<String, JsonNode> properties() throws Exception {
		Map<String, JsonNode> properties = new TreeMap<>();
		for (JsonNode property : metadata().path("properties")) {
			String name = property.path("name").asString();
			// Others are of the actuator endpoint, which Boot describes
			if (name.startsWith("fdwork.")) {
				properties.put(name, property);
			}
		}
		return properties;
	}

	private static JsonNode metadata() throws URISyntaxException {
		Path classes = Path.of(FdworkProperties.class.getProtectionDomain().getCodeSource().getLocation().toURI());
		return JsonMapper.shared().readTree(classes.resolve("META-INF/spring-configuration-metadata.json"));
	}

}
