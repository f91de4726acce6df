package io.fdwork.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.fdwork.autoconfigure.FdworkProperties;
import io.fdwork.autoconfigure.Role;
import io.fdwork.daemon.ProxyProtocol;
import io.kubernetes.client.openapi.models.V1Container;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1EnvVar;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1PodSpec;
import io.kubernetes.client.openapi.models.V1Probe;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1VolumeMount;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.core.io.FileSystemResource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Looks whether the files of the page about Kubernetes and several hosts mean what the
 * page says.
 */
class HostsPageTests {

	private static final Path FILES = Path.of("src/docs/asciidoc/hosts");

	private static final Duration SHUTDOWN_PHASE = Duration.ofSeconds(30);

	@Test
	void shouldHaveManifestsThatKubernetesTakes() throws IOException {
		List<JsonElement> manifests = manifests();
		assertThat(manifests).hasSize(3);
		V1Deployment.validateJsonElement(manifests.get(0));
		V1Service.validateJsonElement(manifests.get(1));
		V1PodDisruptionBudget.validateJsonElement(manifests.get(2));
	}

	@Test
	void shouldHaveDeploymentThatFitsTheDaemonInIt() throws IOException {
		V1PodSpec pod = deployment().getSpec().getTemplate().getSpec();
		V1Container container = pod.getContainers().get(0);
		FdworkProperties properties = properties(container);
		assertThat(properties.getRole()).isEqualTo(Role.DAEMON);
		Duration delay = properties.getDaemon().getStopDelay();
		assertThat(delay).isPositive();
		assertThat(Duration.ofSeconds(pod.getTerminationGracePeriodSeconds()))
			.isGreaterThanOrEqualTo(delay.plus(SHUTDOWN_PHASE).plusSeconds(10));
		assertThat(port(container, "http")).isEqualTo(properties.getDaemon().getListeners().get(0).getPort());
		assertThat(port(container, "management"))
			.hasToString(variables(container).get("MANAGEMENT_SERVER_PORT").toString());
		for (V1Probe probe : List.of(container.getStartupProbe(), container.getLivenessProbe(),
				container.getReadinessProbe())) {
			assertThat(probe.getHttpGet().getPort().getStrValue()).isEqualTo("management");
		}
		assertThat(container.getReadinessProbe().getHttpGet().getPath()).isEqualTo("/actuator/health/readiness");
		assertThat(Duration.ofSeconds((long) container.getReadinessProbe().getPeriodSeconds()
				* container.getReadinessProbe().getFailureThreshold()))
			.isLessThan(delay);
		assertThat(container.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
		assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
		List<String> writable = container.getVolumeMounts().stream().map(V1VolumeMount::getMountPath).toList();
		assertThat(writable).contains("/tmp").contains(properties.getDirectory().getParent().toString());
		assertThat(pod.getVolumes()).hasSameSizeAs(writable).allMatch((volume) -> volume.getEmptyDir() != null);
	}

	@Test
	void shouldSelectThePodsOfTheDeployment() throws IOException {
		Map<String, String> labels = deployment().getSpec().getTemplate().getMetadata().getLabels();
		List<JsonElement> manifests = manifests();
		V1Service service = V1Service.fromJson(manifests.get(1).toString());
		assertThat(deployment().getSpec().getSelector().getMatchLabels()).isEqualTo(labels);
		assertThat(service.getSpec().getSelector()).isEqualTo(labels);
		assertThat(V1PodDisruptionBudget.fromJson(manifests.get(2).toString()).getSpec().getSelector().getMatchLabels())
			.isEqualTo(labels);
	}

	@Test
	void shouldHaveHostsThatTakeTheHeaderOfTheBalancerAloneAndWaitUntilItHasNoticed() throws IOException {
		List<PropertySource<?>> sources = new YamlPropertySourceLoader().load("host",
				new FileSystemResource(FILES.resolve("host.yml")));
		FdworkProperties properties = bind(sources.get(0));
		FdworkProperties.Listener listener = properties.getDaemon().getListeners().get(0);
		assertThat(listener.getProxyProtocol()).isEqualTo(ProxyProtocol.Version.V2);
		String balancer = Files.readString(FILES.resolve("haproxy.cfg"));
		assertThat(balancer).contains("bind " + listener.getProxyProtocolFrom().get(0) + ":")
			.contains(":" + listener.getPort() + " port " + sources.get(0).getProperty("management.server.port"));
		Matcher check = Pattern.compile("send-proxy-v2 check inter (\\S+) fall (\\d+)").matcher(balancer);
		assertThat(check.find()).isTrue();
		assertThat(DurationStyle.detectAndParse(check.group(1)).multipliedBy(Long.parseLong(check.group(2))))
			.isLessThan(properties.getDaemon().getStopDelay());
	}

	private static Integer port(V1Container container, String name) {
		return container.getPorts()
			.stream()
			.filter((port) -> port.getName().equals(name))
			.findFirst()
			.orElseThrow()
			.getContainerPort();
	}

	private static FdworkProperties properties(V1Container container) {
		return bind(new SystemEnvironmentPropertySource(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
				variables(container)));
	}

	private static Map<String, Object> variables(V1Container container) {
		Map<String, Object> variables = new LinkedHashMap<>();
		for (V1EnvVar variable : container.getEnv()) {
			variables.put(variable.getName(), variable.getValue());
		}
		return variables;
	}

	private static FdworkProperties bind(PropertySource<?> source) {
		return new Binder(ConfigurationPropertySources.from(source))
			.bind("fdwork", Bindable.of(FdworkProperties.class), new NoUnboundElementsBindHandler(BindHandler.DEFAULT))
			.get();
	}

	private static V1Deployment deployment() throws IOException {
		return V1Deployment.fromJson(manifests().get(0).toString());
	}

	private static List<JsonElement> manifests() throws IOException {
		List<JsonElement> manifests = new ArrayList<>();
		for (Object document : new Yaml(new SafeConstructor(new LoaderOptions()))
			.loadAll(Files.readString(FILES.resolve("deployment.yml")))) {
			manifests.add(JsonParser.parseString(JsonMapper.shared().writeValueAsString(document)));
		}
		return manifests;
	}

}
