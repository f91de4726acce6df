package io.fdwork.autoconfigure;

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import io.fdwork.FdworkStartException;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.internal.wire.DirectoryUnusableException;
import org.apache.commons.logging.LogFactory;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FdworkEnvironmentPostProcessor}, with an application whose bean must
 * not be created when something is wrong.
 */
@ExtendWith(OutputCaptureExtension.class)
class FdworkEnvironmentPostProcessorTests {

	private static final AtomicBoolean created = new AtomicBoolean();

	@TempDir
	private Path temp;

	@ParameterizedTest
	@CsvSource({ "fdwork.daemon.fleet.minimum=2, fdwork.daemon.fleet.minimum, fdwork.daemon.fleet.min",
			"fdwork.rol=daemon, fdwork.rol, fdwork.role",
			"fdwork.daemon.listeners[0].prot=1, fdwork.daemon.listeners[0].prot, fdwork.daemon.listeners[0].port" })
	void shouldRefuseNameThatThereIsNotWithTheNearest(String argument, String wrong, String nearest) {
		assertThatExceptionOfType(UnknownFdworkPropertyException.class).isThrownBy(() -> run("--" + argument))
			.withMessageContaining(wrong)
			.withMessageContaining("commandLineArgs")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("Write " + nearest + ","));
		assertThat(created).isFalse();
	}

	@Test
	void shouldSayInWhichFileTheWrongNameIs() throws Exception {
		Path file = Files.writeString(this.temp.resolve("application.yml"),
				"fdwork:\n  daemon:\n    fleet:\n      minimum: 2\n");
		assertThatExceptionOfType(UnknownFdworkPropertyException.class)
			.isThrownBy(() -> run("--spring.config.location=" + file))
			.withMessageContaining("application.yml")
			.withMessageContaining("4:16");
	}

	@Test
	void shouldOnlyWarnOfVariables(CapturedOutput output) {
		try (ConfigurableApplicationContext context = runWith(Map.of("FDWORK_SERVICE_HOST", "10.0.0.1",
				"FDWORK_DAEMON_FLEET_MIN_BACKOFF_DELAY", "1s", "FDWORK_FLEET_TOKEN", "token", "FDWORK_FLEET_GENERATION",
				"1", "FDWORK_FLEET_FAILURE_NOTE", "/failures/1", "FDWORK_LAUNCH", "1-1"))) {
			assertThat(context.isActive()).isTrue();
		}
		assertThat(output).contains("FDWORK_SERVICE_HOST")
			.doesNotContain("FDWORK_DAEMON_FLEET_MIN_BACKOFF_DELAY")
			.doesNotContain("FDWORK_FLEET_")
			.doesNotContain("FDWORK_LAUNCH");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					--fdwork.role=daemon --fdwork.daemon.fleet.min=3 --fdwork.daemon.fleet.max=2 | fdwork.daemon.fleet.max
					--fdwork.role=daemon --fdwork.daemon.idle-timeout=0s | fdwork.daemon.idle-timeout
					--fdwork.role=daemon --fdwork.daemon.console-buffer=1KB | fdwork.daemon.console-buffer
					--fdwork.role=worker --fdwork.worker.concurrency=0 | fdwork.worker.concurrency
					--fdwork.role=worker --fdwork.application= | fdwork.application
					--fdwork.role=daemon --fdwork.daemon.fleet.min=1 --fdwork.daemon.fleet.jar=/none.jar | fleet.jar
					--fdwork.role=daemon --fdwork.daemon.fleet.min=1 --fdwork.daemon.fleet.jar=/tmp | fleet.jar
					--fdwork.role=daemon --fdwork.daemon.fleet.min=1 --fdwork.daemon.fleet.java-home=/tmp | fleet.java-home
					--fdwork.role=daemon --fdwork.daemon.fleet.min=1 --fdwork.daemon.fleet.working-directory=/none | fleet.working-directory
					--fdwork.role=daemon --fdwork.daemon.fleet.min=1 --fdwork.daemon.fleet.min-backoff-delay=6s | fleet.max-backoff-delay
					--fdwork.role=worker --fdwork.worker.max-reconnect-delay=10ms | fdwork.worker.max-reconnect-delay
					--fdwork.role=daemon --fdwork.daemon.listeners[0].port=8081 --fdwork.daemon.listeners[1].port=8081 | listeners[1].port
					--fdwork.role=daemon --fdwork.daemon.listeners[0].port=8081 --management.server.port=8081 | management.server.port
					""")
	void shouldRefuseValueBeforeAnythingIsCreated(String arguments, String property) {
		assertThatExceptionOfType(InvalidFdworkPropertyException.class)
			.isThrownBy(() -> run(arguments.trim().split(" ")))
			.satisfies((ex) -> assertThat(ex.getMessage() + ex.getAction()).contains(property));
		assertThat(created).isFalse();
	}

	@ParameterizedTest
	@CsvSource({ "daemon", "worker" })
	void shouldRefuseDirectoryBeforeAnythingIsCreated(String role) throws Exception {
		String directory = (role.equals("daemon")) ? Files.createFile(this.temp.resolve("file")).toString()
				: "/" + "d".repeat(120);
		assertThatExceptionOfType(DirectoryUnusableException.class)
			.isThrownBy(() -> run("--fdwork.role=" + role, "--fdwork.directory=" + directory))
			.withMessageContaining(directory);
		assertThat(created).isFalse();
	}

	@ParameterizedTest
	@CsvSource({ "127.0.0.1, 127.0.0.2, true", "127.0.0.1, 127.0.0.1, false", "127.0.0.1, 0.0.0.0, false",
			"0.0.0.0, ::1, true", "::, 127.0.0.1, false", "::1, ::1, false" })
	void shouldRefuseListenersOfWhichOneIncludesTheOther(String one, String other, boolean allowed) {
		List<DaemonOptions.ListenerOptions> listeners = Stream.of(one, other)
			.map((address) -> new DaemonOptions.ListenerOptions(new InetSocketAddress(address, 8081), 1, "default"))
			.toList();
		DaemonOptions options = new DaemonOptions();
		options.getListeners().addAll(listeners);
		FdworkProperties properties = new FdworkProperties();
		properties.setDirectory(this.temp.resolve("d"));
		AbstractThrowableAssert<?, ? extends Throwable> thrown = assertThatCode(
				() -> new Surroundings(properties, new MockEnvironment()).checkDaemon(options));
		if (allowed) {
			thrown.doesNotThrowAnyException();
		}
		else {
			thrown.isInstanceOf(InvalidFdworkPropertyException.class);
		}
	}

	@Test
	void shouldRefuseVariablesOfSystemdThatCannotBeTrue() {
		assertThatExceptionOfType(FdworkStartException.class)
			.isThrownBy(() -> Surroundings.checkSystemd(Map.of("NOTIFY_SOCKET", "x")))
			.withMessageContaining("NOTIFY_SOCKET");
	}

	@Test
	void shouldLeaveDirectoryThatIsNotThereToTheDaemon() {
		Path directory = this.temp.resolve("a").resolve("b");
		try (ConfigurableApplicationContext context = run("--fdwork.role=none", "--fdwork.directory=" + directory)) {
			assertThat(directory).doesNotExist();
			assertThat(context.getEnvironment().getProperty("fdwork.application")).isNotBlank();
		}
	}

	@ParameterizedTest
	@CsvSource(nullValues = "none", delimiter = '|', textBlock = """
			--fdwork.role=worker | none
			--fdwork.role=none | 9090
			--fdwork.role=worker --server.port=9090 | 9090
			--fdwork.role=worker --management.server.port=0 | 0
			--fdwork.role=worker --management.server.port=9191 | 9191
			--fdwork.role=worker | -1
			""")
	void shouldLeaveManagementPortToTheDaemonUnlessWorkerHasOneOfItsOwn(String arguments, String port)
			throws Exception {
		String file = (port == null) ? "" : "management.server.port=9090";
		Path location = Files.writeString(this.temp.resolve("application.properties"), file);
		String[] all = (arguments + " --fdwork.directory=" + this.temp.resolve("d") + " --spring.config.location="
				+ location)
			.split(" ");
		try (ConfigurableApplicationContext context = run(all)) {
			assertThat(context.getEnvironment().getProperty("management.server.port")).isEqualTo(port);
		}
	}

	@Test
	void shouldTakeManagementPortOfSystemPropertiesAsSaidForTheWorker() {
		System.setProperty("management.server.port", "9191");
		try (ConfigurableApplicationContext context = run("--fdwork.role=worker",
				"--fdwork.directory=" + this.temp.resolve("d"))) {
			assertThat(context.getEnvironment().getProperty("management.server.port")).isEqualTo("9191");
		}
		finally {
			System.clearProperty("management.server.port");
		}
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			server.port=9090, true
			management.server.port=8080, true
			management.server.port=9090, false
			management.server.port=-1, false
			spring.main.web-application-type=none, false
			""")
	void shouldWarnOnceWhenNoEndpointOfDaemonCanBeReached(String property, boolean warned, CapturedOutput output) {
		MockEnvironment environment = new MockEnvironment();
		environment.setProperty(property.split("=")[0], property.split("=")[1]);
		ManagementPort port = new ManagementPort(environment, LogFactory.getLog(getClass()));
		port.settle(Role.DAEMON, false);
		assertThat(output).doesNotContain("No endpoint of this daemon can be reached");
		port.settle(Role.DAEMON, true);
		port.settle(Role.NONE, true);
		port.settle(Role.WORKER, true);
		assertThat(output.toString().split("No endpoint of this daemon can be reached", -1)).hasSize((warned) ? 2 : 1);
		if (warned) {
			assertThat(output).contains("--management.server.port=9090");
		}
	}

	@Test
	void shouldNameApplicationAsSpringDoes() {
		try (ConfigurableApplicationContext context = run("--spring.application.name=shop")) {
			assertThat(context.getEnvironment().getProperty("fdwork.application")).isEqualTo("shop");
		}
		try (ConfigurableApplicationContext context = run("--spring.application.name=shop",
				"--fdwork.application=other")) {
			assertThat(context.getEnvironment().getProperty("fdwork.application")).isEqualTo("other");
		}
	}

	@ParameterizedTest
	@CsvSource(textBlock = """
			--fdwork.role=worker --fdwork.worker.name=one, one@
			--fdwork.role=worker, worker-
			--fdwork.role=daemon, daemon@
			--fdwork.role=none,
			""")
	void shouldTellProcessesApartForThoseToWhomTheyPush(String arguments, String instance) {
		String[] all = (arguments + " --fdwork.directory=" + this.temp.resolve("d")).split(" ");
		try (ConfigurableApplicationContext context = run(all)) {
			assertThat(resourceAttributes(context).getOrDefault("service.instance.id", ""))
				.startsWith((instance != null) ? instance : "");
			assertThat(resourceAttributes(context)).hasSize((instance != null) ? 1 : 0);
		}
	}

	@Test
	void shouldLeaveResourceAttributesToUser() {
		try (ConfigurableApplicationContext context = run("--fdwork.role=worker",
				"--fdwork.directory=" + this.temp.resolve("d"),
				"--management.opentelemetry.resource-attributes.service.instance.id=own",
				"--management.opentelemetry.resource-attributes[deployment.environment]=test")) {
			assertThat(resourceAttributes(context))
				.isEqualTo(Map.of("service.instance.id", "own", "deployment.environment", "test"));
		}
	}

	private static Map<String, String> resourceAttributes(ConfigurableApplicationContext context) {
		return Binder.get(context.getEnvironment())
			.bind("management.opentelemetry.resource-attributes", Bindable.mapOf(String.class, String.class))
			.orElse(Map.of());
	}

	@Test
	void shouldHaveDirectoryOfItsOwnForEachApplication() {
		Path shop = DefaultDirectory.of("me", "com.example.ShopApplication");
		assertThat(shop).isEqualTo(DefaultDirectory.of("me", "com.example.ShopApplication"))
			.isNotEqualTo(DefaultDirectory.of("me", "org.example.ShopApplication"))
			.isNotEqualTo(DefaultDirectory.of("you", "com.example.ShopApplication"))
			.matches((path) -> path.getParent().equals(Path.of(System.getProperty("java.io.tmpdir"))));
		assertThat(shop.getFileName().toString()).matches("fdwork-me-shopapplication-[0-9a-f]{8}");
		assertThat(DefaultDirectory.of("me", "Ünïcödé / name, ".repeat(20)).getFileName().toString())
			.matches("fdwork-me-[0-9a-z-]{24}-[0-9a-f]{8}");
	}

	private static ConfigurableApplicationContext run(String... arguments) {
		return runWith(Map.of(), arguments);
	}

	private static ConfigurableApplicationContext runWith(Map<String, Object> variables, String... arguments) {
		created.set(false);
		ConfigurableEnvironment environment = new StandardEnvironment();
		environment.getPropertySources()
			.replace(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, new SystemEnvironmentPropertySource(
					StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
		SpringApplication application = new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.environment(environment)
			.build();
		List<String> all = new ArrayList<>(Arrays.asList(arguments));
		all.add("--spring.main.banner-mode=off");
		return application.run(all.toArray(String[]::new));
	}

	@Configuration(proxyBeanMethods = false)
	static class Application {

		@Bean
		Object bean() {
			created.set(true);
			return new Object();
		}

	}

}
