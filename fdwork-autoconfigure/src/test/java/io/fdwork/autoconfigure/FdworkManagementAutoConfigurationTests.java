package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;

import io.fdwork.WorkHandler;
import io.fdwork.internal.worker.ApplicationProbes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.autoconfigure.web.server.ManagementServerProperties;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ReactiveWebApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FdworkManagementAutoConfiguration}.
 */
class FdworkManagementAutoConfigurationTests {

	@TempDir
	private Path temp;

	@ParameterizedTest
	@CsvSource(nullValues = "none",
			textBlock = """
					http://127.0.0.1:4711/actuator, management.server.port=0
					http://127.0.0.1:4711/actuator, management.server.port=4711
					http://127.0.0.1:4711/actuator, management.server.port=0 management.server.address=0.0.0.0
					http://127.0.0.2:4711/actuator, management.server.port=0 management.server.address=127.0.0.2
					http://[0:0:0:0:0:0:0:1]:4711/actuator, management.server.port=0 management.server.address=::1
					http://127.0.0.1:4711/a/b, management.server.port=0 management.server.base-path=/a management.endpoints.web.base-path=/b
					http://127.0.0.1:4711, management.server.port=0 management.endpoints.web.base-path=/
					https://127.0.0.1:4711/actuator, management.server.port=0 management.server.ssl.bundle=x
					none, management.server.port=-1
					none, server.port=4711
					none, server.port=4711 management.server.port=4711
					""")
	void shouldKnowAddressOfManagementServerWithPortOfItsOwn(String address, String properties) {
		worker().withPropertyValues(properties.split(" ")).run((context) -> {
			assertThat(context).hasNotFailed();
			ApplicationProbes.Management management = context.getBean(ApplicationProbes.Management.class);
			assertThat(management.get()).as("before it has started").isNull();
			context.getEnvironment().getSystemProperties().put("local.management.port", "4711");
			try {
				assertThat(management.get()).isEqualTo(address);
			}
			finally {
				context.getEnvironment().getSystemProperties().remove("local.management.port");
			}
		});
	}

	@Test
	@ExtendWith(OutputCaptureExtension.class)
	void shouldSayWhereTheEndpointsOfDaemonAre(CapturedOutput output) {
		runner()
			.withPropertyValues("fdwork.role=daemon", "fdwork.daemon.listeners[0].port=0", "management.server.port=0")
			.run((context) -> {
				assertThat(context).hasNotFailed();
				context.getEnvironment().getSystemProperties().put("local.management.port", "4711");
				try {
					context.publishEvent(new ApplicationReadyEvent(new SpringApplication(), new String[0],
							context.getSourceApplicationContext(), Duration.ZERO));
				}
				finally {
					context.getEnvironment().getSystemProperties().remove("local.management.port");
				}
			});
		assertThat(output).containsOnlyOnce("The endpoints of this daemon are at http://127.0.0.1:4711/actuator");
	}

	@Test
	void shouldKnowNoneWhenActuatorIsMissing() {
		new ReactiveWebApplicationContextRunner().withConfiguration(RoleContexts.autoConfigurations())
			.withInitializer(
					(context) -> context.getEnvironment().setConversionService(new ApplicationConversionService()))
			.withClassLoader(new FilteredClassLoader("org.springframework.boot.actuate.autoconfigure.web"))
			.withBean(WorkHandler.class, () -> (work) -> {
			})
			.withPropertyValues("fdwork.role=worker", "fdwork.directory=" + this.temp.resolve("d"))
			.run((context) -> {
				assertThat(context).hasNotFailed().doesNotHaveBean(ApplicationProbes.Management.class);
			});
	}

	private ReactiveWebApplicationContextRunner worker() {
		return runner().withBean(WorkHandler.class, () -> (work) -> {
		}).withPropertyValues("fdwork.role=worker");
	}

	private ReactiveWebApplicationContextRunner runner() {
		return new ReactiveWebApplicationContextRunner().withConfiguration(RoleContexts.autoConfigurations())
			.withUserConfiguration(Management.class)
			.withInitializer(
					(context) -> context.getEnvironment().setConversionService(new ApplicationConversionService()))
			.withPropertyValues("fdwork.directory=" + this.temp.resolve("d"));
	}

	/**
	 * As Boot does where there is a web server.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableConfigurationProperties({ ManagementServerProperties.class, WebEndpointProperties.class })
	static class Management {

	}

}
