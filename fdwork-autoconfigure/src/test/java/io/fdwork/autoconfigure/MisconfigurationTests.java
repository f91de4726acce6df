package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Reads what an application says when somebody has mistyped or forgotten something: the
 * name of the property, and what to write instead.
 */
@ExtendWith(OutputCaptureExtension.class)
class MisconfigurationTests {

	private static final AtomicBoolean created = new AtomicBoolean();

	@TempDir
	private Path temp;

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '"',
			textBlock = """
					fdwork.role=deamon | fdwork.role | WORKER
					fdwork.role=daemon fdwork.daemon.idle-timeout=soon | fdwork.daemon.idle-timeout | soon
					fdwork.role=daemon fdwork.daemon.fleet.output=console | fdwork.daemon.fleet.output | FILE
					fdwork.role=daemon fdwork.daemon.fleet.minimum=2 | There is no property fdwork.daemon.fleet.minimum | Write fdwork.daemon.fleet.min,
					fdwork.role=daemon fdwork.daemon.fleet.min=-1 | fdwork.daemon.fleet.min has the value '-1' | Set fdwork.daemon.fleet.min to a number from 0 to
					fdwork.role=daemon fdwork.daemon.fleet.min=3 fdwork.daemon.fleet.max=2 | fdwork.daemon.fleet.max has the value '2' | Set fdwork.daemon.fleet.max to 3 or more
					fdwork.role=daemon fdwork.daemon.fleet.min=9999 | fdwork.daemon.fleet.min has the value '9999' | half of fdwork.daemon.max-workers
					fdwork.role=daemon fdwork.daemon.queues.default.capacity=0 | fdwork.daemon.queues.default.capacity has the value '0' | Set fdwork.daemon.queues.default.capacity to a number from
					fdwork.role=daemon fdwork.daemon.listeners[0].port=70000 | fdwork.daemon.listeners[0].port has the value '70000' | a number from 0 to 65535
					fdwork.role=daemon fdwork.daemon.listeners[0].proxy-protocol=v1 | fdwork.daemon.listeners[0].proxy-protocol-from has the value | networks of the balancers
					fdwork.role=daemon fdwork.daemon.listeners[0].proxy-protocol=v1 fdwork.daemon.listeners[0].proxy-protocol-from=::1 fdwork.daemon.listeners[0].accepted-by=workers | fdwork.daemon.listeners[0].accepted-by has the value | daemon, which reads the headers
					fdwork.role=daemon fdwork.daemon.listeners[0].proxy-protocol=v1 fdwork.daemon.listeners[0].proxy-protocol-from=::1 fdwork.daemon.listeners[0].stand-in=true | fdwork.daemon.listeners[0].stand-in has the value | only the daemon reads the headers
					fdwork.role=daemon fdwork.daemon.listeners[0].proxy-protocol-from=::1 | fdwork.daemon.listeners[0].proxy-protocol-from has the value | none where it is not
					fdwork.role=daemon fdwork.daemon.listeners[0].proxy-protocol=any fdwork.daemon.listeners[0].proxy-protocol-from=localhost | has the value 'localhost' | as in 10.0.0.0/8
					fdwork.role=daemon fdwork.daemon.listeners[0].proxy-protocol=v3 | fdwork.daemon.listeners[0].proxy-protocol | ANY
					fdwork.role=daemon server.port=70000 | server.port has the value '70000' | Set server.port to a number from 0 to 65535
					fdwork.role=daemon fdwork.daemon.allowed-users=nobody-knows-them | nobody-knows-them | names of /etc/passwd
					fdwork.role=daemon fdwork.daemon.stop-delay=-1s | fdwork.daemon.stop-delay | a duration from 0s to 10m
					fdwork.role=daemon fdwork.daemon.fleet.max-start-failures=0 | fdwork.daemon.fleet.max-start-failures has the value '0' | leave it out to go on trying
					fdwork.role=daemon fdwork.daemon.max-idle-connections=0 | fdwork.daemon.max-idle-connections has the value '0' | a number from 1 to
					fdwork.role=daemon fdwork.directory=/dev/null | /dev/null is not a directory | fdwork.directory
					fdwork.role=worker fdwork.worker.queues= | fdwork.worker.queues | names of queues
					fdwork.role=worker fdwork.worker.name= | fdwork.worker.name | a name of 1 to 100 characters
					fdwork.role=worker fdwork.worker.concurrency=none | fdwork.worker.concurrency | none
					fdwork.role=worker fdwork.worker.event-loops=0 | fdwork.worker.event-loops has the value '0' | a number from 1 to
					fdwork.role=worker fdwork.worker.warm-up.paths=health | fdwork.worker.warm-up.paths has the value 'health' | paths that begin with /
					fdwork.role=worker fdwork.worker.descriptor-reserve=1 | fdwork.worker.descriptor-reserve has the value '1' | a number from
					fdwork.role=worker fdwork.worker.departed-clients=never | fdwork.worker.departed-clients | CLOSED
					fdwork.role=worker fdwork.worker.daemon-user=nobody-knows-them | fdwork.worker.daemon-user | names of /etc/passwd
					""")
	void shouldSayWhatIsWrongAndWhatToWriteBeforeAnythingIsCreated(String properties, String description, String action,
			CapturedOutput output) {
		assertThatException().isThrownBy(() -> run(properties));
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("Description:")
			.contains(description)
			.contains("Action:")
			.contains(action);
		assertThat(created).isFalse();
	}

	@Test
	void shouldSayThatTheWebServerIsTurnedOffWhenNothingServes(CapturedOutput output) {
		assertThatException().isThrownBy(() -> run("fdwork.role=worker spring.main.web-application-type=none").close());
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("remove spring.main.web-application-type=none")
			.contains("WorkHandler");
	}

	private ConfigurableApplicationContext run(String properties) {
		created.set(false);
		String[] arguments = ("fdwork.directory=" + this.temp.resolve("d") + " " + properties).split(" ");
		if (properties.contains("fdwork.directory=")) {
			arguments = properties.split(" ");
		}
		for (int i = 0; i < arguments.length; i++) {
			arguments[i] = "--" + arguments[i];
		}
		return new SpringApplicationBuilder(RoleContexts.Application.class, Application.class)
			.web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.run(arguments);
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
