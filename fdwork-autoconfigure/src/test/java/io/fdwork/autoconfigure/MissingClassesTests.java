package io.fdwork.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import io.fdwork.WorkHandler;
import io.fdwork.integration.Client;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

/**
 * Tests that both roles work without what is optional. Classes that a class loader
 * filters can still be loaded through others, so JVMs are started that do not have the
 * jars.
 */
class MissingClassesTests {

	@TempDir
	private Path temp;

	/**
	 * All of them at once: each JVM keeps one processor busy.
	 */
	@Test
	void shouldServeWhenJarsAreMissing() throws Exception {
		List<Application> applications = new ArrayList<>();
		try {
			applications.add(start("spring-boot-(actuator|health).*", "fdworkDaemonMeters fdworkWorkerMeters"));
			applications.add(start("(spring-boot-micrometer-metrics|micrometer-(core|registry)).*",
					"fdworkEndpoint fdworkWorkerEndpoint fdworkHealthIndicator"));
			applications
				.add(start("(spring-boot-(actuator|health|micrometer|reactor|netty|web|tomcat|jetty|servlet|http)"
						+ "|micrometer-(core|registry)|reactor-netty|spring-web|netty-codec|tomcat|jetty|jakarta).*",
						""));
			for (Application application : applications) {
				assertThat(application.process.waitFor(60, TimeUnit.SECONDS)).isTrue();
				assertThat(application.process.exitValue()).as(() -> contentOf(application.output)).isZero();
			}
		}
		finally {
			applications.forEach((application) -> application.process.destroyForcibly());
		}
	}

	private Application start(String missingJars, String optionalBeans) throws IOException {
		Path directory = Files.createTempDirectory(this.temp, "application");
		File output = directory.resolve("output").toFile();
		Process process = new ProcessBuilder(ProcessHandle.current().info().command().orElseThrow(), "-cp",
				classPathWithout(missingJars), "-XX:TieredStopAtLevel=1", BothRoles.class.getName(),
				directory.resolve("d").toString(), optionalBeans)
			.redirectErrorStream(true)
			.redirectOutput(output)
			.start();
		return new Application(process, output);
	}

	private static String classPathWithout(String jars) {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
			.filter((entry) -> !new File(entry).getName().matches(jars))
			.collect(Collectors.joining(File.pathSeparator));
	}

	@Test
	void shouldHaveNoMetersWhenThereIsNoRegistry() {
		RoleContexts.daemon(this.temp.resolve("d"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("fdworkDaemonMeters"));
	}

	@Test
	void shouldHaveNoMetersWhenMicrometerIsFiltered() {
		RoleContexts.daemon(this.temp.resolve("d"))
			.withClassLoader(new FilteredClassLoader("io.micrometer.core"))
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean("fdworkDaemonMeters"));
	}

	/**
	 * A JVM without some jars.
	 */
	private record Application(Process process, File output) {
	}

	/**
	 * A daemon and a worker in one JVM, and a client that is served.
	 */
	static final class BothRoles {

		private static final String[] OPTIONAL = { "fdworkEndpoint", "fdworkWorkerEndpoint", "fdworkHealthIndicator",
				"fdworkDaemonMeters", "fdworkWorkerMeters" };

		private BothRoles() {
		}

		public static void main(String[] args) throws Exception {
			try (ConfigurableApplicationContext daemon = RoleContexts.start(RoleContexts.Application.class,
					"fdwork.role=daemon", "fdwork.directory=" + args[0], "server.address=127.0.0.1", "server.port=0",
					"spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=*");
					ConfigurableApplicationContext worker = RoleContexts.start(Greeting.class, "fdwork.role=worker",
							"fdwork.directory=" + args[0], "fdwork.worker.concurrency=1", "spring.jmx.enabled=true",
							"spring.jmx.unique-names=true", "management.endpoints.jmx.exposure.include=*",
							"spring.jmx.default-domain=worker", "management.endpoints.jmx.domain=worker");
					Client client = Client.connect(daemon)) {
				check("hello", client.readAll());
				String optional = Arrays.stream(OPTIONAL)
					.filter((name) -> daemon.containsBean(name) || worker.containsBean(name))
					.collect(Collectors.joining(" "));
				check(args[1], optional);
			}
		}

		private static void check(String expected, String actual) {
			if (!actual.equals(expected)) {
				throw new IllegalStateException("Is '" + actual + "' instead of '" + expected + "'");
			}
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Greeting {

		@Bean
		WorkHandler handler() {
			return (work) -> work.channel().write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
		}

	}

}
