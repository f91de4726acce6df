package io.fdwork.autoconfigure;

import java.util.Map;
import java.util.stream.Stream;

import org.apache.commons.logging.Log;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.core.env.CommandLinePropertySource;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.util.ClassUtils;

/**
 * Where the endpoints of the actuator are: a daemon and its workers have one
 * configuration, and only one of them can have its management port.
 */
final class ManagementPort {

	private static final String PROPERTY = "management.server.port";

	private static final String TYPE = "org.springframework.boot.actuate.autoconfigure.web.server.ManagementPortType";

	private final ConfigurableEnvironment environment;

	private final Log logger;

	ManagementPort(ConfigurableEnvironment environment, Log logger) {
		this.environment = environment;
		this.logger = logger;
	}

	/**
	 * Return whether the endpoints are not where clients of the application are.
	 */
	static boolean isSeparate(Environment environment) {
		return hasActuator() && ManagementPortType.get(environment) != ManagementPortType.SAME;
	}

	/**
	 * Return whether somebody can use the endpoints of a daemon.
	 */
	static boolean isReachable(Environment environment) {
		return hasActuator() && (ManagementPortType.get(environment) == ManagementPortType.DIFFERENT
				|| environment.getProperty("spring.jmx.enabled", Boolean.class, false));
	}

	private static boolean hasActuator() {
		return ClassUtils.isPresent(TYPE, ManagementPort.class.getClassLoader());
	}

	/**
	 * Leave the port to the daemon, and say that there is none where nobody would reach
	 * the endpoints.
	 * @param role what this process is
	 * @param web whether it has a web server, without which a port would be of no use
	 */
	void settle(Role role, boolean web) {
		switch (role) {
			case DAEMON -> {
				if (web && !"none".equalsIgnoreCase(this.environment.getProperty("spring.main.web-application-type"))) {
					warnIfUnreachable();
				}
			}
			case WORKER -> leaveToDaemon();
			case NONE -> {
			}
		}
	}

	private void warnIfUnreachable() {
		if (hasActuator() && !isSeparate(this.environment)) {
			this.logger.warn("No endpoint of this daemon can be reached, because it has no management port: on the "
					+ "application's port its workers answer, also below /actuator. Set management.server.port, for "
					+ "instance --management.server.port=9090 with --management.server.address=127.0.0.1");
		}
	}

	/**
	 * A port that is said for this process alone stays.
	 */
	private void leaveToDaemon() {
		if (!isSeparate(this.environment) || "-1".equals(this.environment.getProperty(PROPERTY)) || isSaidForThis()) {
			return;
		}
		this.logger.info("The management port " + this.environment.getProperty(PROPERTY)
				+ " is the daemon's: this worker has none, and the daemon has its figures. To have one, start it with --"
				+ PROPERTY + "=0");
		this.environment.getPropertySources().addFirst(new MapPropertySource("fdworkWorker", Map.of(PROPERTY, "-1")));
	}

	private boolean isSaidForThis() {
		return Stream
			.of(CommandLinePropertySource.COMMAND_LINE_PROPERTY_SOURCE_NAME,
					StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME)
			.map(this.environment.getPropertySources()::get)
			.anyMatch(ManagementPort::hasPort);
	}

	private static boolean hasPort(@Nullable PropertySource<?> source) {
		ConfigurationPropertySource properties = (source != null) ? ConfigurationPropertySource.from(source) : null;
		return properties != null
				&& properties.getConfigurationProperty(ConfigurationPropertyName.of(PROPERTY)) != null;
	}

}
