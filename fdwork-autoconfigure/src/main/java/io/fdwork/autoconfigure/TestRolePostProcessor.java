package io.fdwork.autoconfigure;

import java.util.Map;

import org.apache.commons.logging.Log;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.logging.DeferredLogFactory;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/**
 * Gives a test of an application no role but one that the test itself says: a daemon
 * would start workers, and a worker would answer the clients of a daemon that happens to
 * run.
 */
final class TestRolePostProcessor implements EnvironmentPostProcessor, Ordered {

	/**
	 * The name of what each {@code @SpringBootTest} adds.
	 */
	static final String INLINED_TEST_PROPERTIES = "Inlined Test Properties";

	private static final String ROLE = "fdwork.role";

	private final Log logger;

	TestRolePostProcessor(DeferredLogFactory logs) {
		this.logger = logs.getLog(TestRolePostProcessor.class);
	}

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		if (!environment.getPropertySources().contains(INLINED_TEST_PROPERTIES)) {
			return;
		}
		String role = environment.getProperty(ROLE);
		if (role == null || isSaidByTest(environment)) {
			return;
		}
		this.logger.info("This is a test, and " + ROLE + "=" + role
				+ " is for the application: the test has no role. To have one, it says so in its own properties");
		environment.getPropertySources().addFirst(new MapPropertySource("fdworkTest", Map.of(ROLE, "none")));
	}

	/**
	 * Return whether the role is a property or an argument of the test or of its JVM.
	 */
	private static boolean isSaidByTest(ConfigurableEnvironment environment) {
		for (PropertySource<?> source : environment.getPropertySources()) {
			if (!ConfigurationPropertySources.isAttachedConfigurationPropertySource(source) && hasRole(source)) {
				return true;
			}
			if (source.getName().equals(StandardEnvironment.SYSTEM_PROPERTIES_PROPERTY_SOURCE_NAME)) {
				return false;
			}
		}
		return false;
	}

	private static boolean hasRole(PropertySource<?> source) {
		ConfigurationPropertySource properties = ConfigurationPropertySource.from(source);
		return properties != null && properties.getConfigurationProperty(ConfigurationPropertyName.of(ROLE)) != null;
	}

	/**
	 * Comes before all that has to do with the role, and after the files of the
	 * application.
	 */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE - 2;
	}

}
