package io.fdwork.autoconfigure;

import java.nio.file.Path;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.availability.ApplicationAvailabilityAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.integration.autoconfigure.IntegrationAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * Runners of contexts that have a role, with nothing but fdwork and Spring Integration.
 */
public final class RoleContexts {

	private RoleContexts() {
	}

	/**
	 * Return the auto-configurations of every runner.
	 * @return the auto-configurations
	 */
	public static AutoConfigurations autoConfigurations() {
		return AutoConfigurations.of(FdworkAutoConfiguration.class, FdworkEndpointAutoConfiguration.class,
				FdworkHealthAutoConfiguration.class, FdworkManagementAutoConfiguration.class,
				FdworkMetricsAutoConfiguration.class, FdworkReactorNettyAutoConfiguration.class,
				FdworkTomcatAutoConfiguration.class, FdworkJettyAutoConfiguration.class,
				ApplicationAvailabilityAutoConfiguration.class, IntegrationAutoConfiguration.class);
	}

	/**
	 * Return a runner without a role.
	 * @return the runner
	 */
	public static ApplicationContextRunner none() {
		// As SpringApplication does
		return new ApplicationContextRunner().withConfiguration(autoConfigurations())
			.withInitializer(
					(context) -> context.getEnvironment().setConversionService(new ApplicationConversionService()));
	}

	/**
	 * Return a runner of a context that does not get as far as endpoints, meters or web
	 * servers: only what makes a role.
	 * @return the runner, without a role
	 */
	public static ApplicationContextRunner bare() {
		return new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(FdworkAutoConfiguration.class, IntegrationAutoConfiguration.class))
			.withInitializer(
					(context) -> context.getEnvironment().setConversionService(new ApplicationConversionService()));
	}

	/**
	 * Return a runner of a daemon with one listener on a free port of the loopback
	 * address.
	 * @param directory its directory, not there yet
	 * @return the runner
	 */
	public static ApplicationContextRunner daemon(Path directory) {
		return daemon(none(), directory);
	}

	/**
	 * Return a runner of a daemon with one listener on a free port of the loopback
	 * address.
	 * @param runner what it is made of
	 * @param directory its directory, not there yet
	 * @return the runner
	 */
	public static ApplicationContextRunner daemon(ApplicationContextRunner runner, Path directory) {
		return runner.withPropertyValues("fdwork.role=daemon", "fdwork.directory=" + directory,
				"fdwork.daemon.listeners[0].address=127.0.0.1", "fdwork.daemon.listeners[0].port=0",
				"fdwork.daemon.report-interval=50ms");
	}

	/**
	 * Return a runner of a worker that has nothing to serve with yet.
	 * @param directory the directory of its daemon
	 * @return the runner
	 */
	public static ApplicationContextRunner worker(Path directory) {
		return worker(none(), directory);
	}

	/**
	 * Return a runner of a worker that has nothing to serve with yet.
	 * @param runner what it is made of
	 * @param directory the directory of its daemon
	 * @return the runner
	 */
	public static ApplicationContextRunner worker(ApplicationContextRunner runner, Path directory) {
		return runner.withPropertyValues("fdwork.role=worker", "fdwork.directory=" + directory,
				"fdwork.worker.concurrency=2", "fdwork.worker.min-reconnect-delay=20ms",
				"fdwork.worker.max-reconnect-delay=100ms");
	}

	/**
	 * Start a whole application without a web server, with everything that Boot
	 * auto-configures.
	 * @param source a configuration class besides
	 * @param properties its properties, as {@code name=value}
	 * @return its context, to be closed by the caller
	 */
	public static ConfigurableApplicationContext start(Class<?> source, String... properties) {
		return new SpringApplicationBuilder(Application.class, source).web(WebApplicationType.NONE)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties(properties)
			.run();
	}

	/**
	 * An application with nothing of its own.
	 */
	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	public static class Application {

	}

}
