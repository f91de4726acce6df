package io.fdwork.autoconfigure;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.internal.archive.StartupArchive;
import io.fdwork.internal.launch.JvmSetup;
import io.fdwork.internal.wire.FailureNote;
import io.fdwork.internal.wire.Membership;
import org.apache.commons.logging.Log;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.boot.origin.Origin;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Gives the application the name by which a daemon and its workers know each other, and
 * finds what is wrong with the properties of fdwork before anything of the application is
 * there: a connection to a database, for instance.
 */
final class FdworkEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final ConfigurationPropertyName PREFIX = ConfigurationPropertyName.of("fdwork");

	private static final String APPLICATION = "fdwork.application";

	/**
	 * What is passed from process to process, and is nobody's to set, and what is said to
	 * the JVM and not to the application.
	 */
	private static final List<String> INTERNAL = Stream
		.concat(Stream.of(StartupArchive.ORIGINAL_JAR, StartupArchive.TRAINING, FailureNote.VARIABLE, JvmSetup.LAUNCH,
				WorkerCommandFactory.OWN_ARGUMENTS), Membership.VARIABLES.stream())
		.map(FdworkEnvironmentPostProcessor::uniform)
		.toList();

	private final Log logger;

	FdworkEnvironmentPostProcessor(DeferredLogFactory logs) {
		this.logger = logs.getLog(FdworkEnvironmentPostProcessor.class);
	}

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		addApplicationName(environment, application);
		PropertyTree known = PropertyTree.of(FdworkProperties.class);
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			if (source instanceof IterableConfigurationPropertySource iterable) {
				checkNames(iterable, known);
			}
		}
		new ManagementPort(environment, this.logger).settle(checkValues(environment),
				application.getWebApplicationType() != WebApplicationType.NONE);
	}

	private static void addApplicationName(ConfigurableEnvironment environment, SpringApplication application) {
		Class<?> main = application.getMainApplicationClass();
		String name = environment.getProperty("spring.application.name", (main != null) ? main.getName() : "");
		if (name.isBlank()) {
			return;
		}
		// The last one, so that anybody can say otherwise
		environment.getPropertySources().addLast(new MapPropertySource("fdwork", Map.of(APPLICATION, name)));
	}

	private void checkNames(IterableConfigurationPropertySource source, PropertyTree known) {
		boolean variables = source.getUnderlyingSource() instanceof SystemEnvironmentPropertySource;
		List<ConfigurationPropertyName> unknown = source.stream()
			.filter((name) -> PREFIX.isAncestorOf(name) && !INTERNAL.contains(uniform(name.toString())))
			.filter((name) -> (variables) ? !known.mayContain(uniform(name.subName(1).toString()))
					: !known.contains(name, 1))
			.toList();
		if (unknown.isEmpty()) {
			return;
		}
		if (variables) {
			// Kubernetes sets some for a service of that name
			this.logger.warn("These environment variables name no property of fdwork: " + unknown.stream()
				.map((name) -> Origin.from(source.getConfigurationProperty(name)))
				.filter(Objects::nonNull)
				.toList());
			return;
		}
		ConfigurationPropertyName first = unknown.get(0);
		throw new UnknownFdworkPropertyException(first.toString(), Origin.from(source.getConfigurationProperty(first)),
				known.nearest(first, 1));
	}

	private static String uniform(String name) {
		return name.replaceAll("[^0-9A-Za-z]", "").toLowerCase(Locale.ROOT);
	}

	private static Role checkValues(ConfigurableEnvironment environment) {
		FdworkProperties properties = Binder.get(environment).bindOrCreate(PREFIX.toString(), FdworkProperties.class);
		PropertiesMapper mapper = new PropertiesMapper(properties, environment);
		switch (properties.getRole()) {
			case DAEMON -> {
				DaemonOptions options = mapper.daemonOptions();
				mapper.fleetOptions();
				mapper.scalingRule();
				mapper.stopDelay();
				new Surroundings(properties, environment).checkDaemon(options);
				ServiceInstance.add(environment, "daemon");
			}
			case WORKER -> {
				ServiceInstance.add(environment, mapper.workerOptions(1).getName());
				mapper.eventLoops();
				mapper.idleReturn();
				new Surroundings(properties, environment).checkWorker();
				// Not for the first client
				environment.getPropertySources()
					.addLast(new MapPropertySource("fdworkWorker", Map.of("spring.mvc.servlet.load-on-startup", "1")));
			}
			case NONE -> {
			}
		}
		return properties.getRole();
	}

	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
