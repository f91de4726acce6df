package io.fdwork.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;

/**
 * Which of the processes of an application this is, for those to whom it pushes its
 * meters and traces: a daemon and its workers have one configuration.
 */
final class ServiceInstance {

	private static final String ATTRIBUTE = "management.opentelemetry.resource-attributes[service.instance.id]";

	private static final Path HOST = Path.of("/proc/sys/kernel/hostname");

	private ServiceInstance() {
	}

	/**
	 * Say what this process is called, unless somebody else does.
	 * @param process its name, which no other one on this machine has
	 */
	static void add(ConfigurableEnvironment environment, String process) {
		environment.getPropertySources()
			.addLast(new MapPropertySource("fdworkInstance", Map.of(ATTRIBUTE, process + "@" + host())));
	}

	private static String host() {
		try {
			return Files.readString(HOST).strip();
		}
		catch (IOException ex) {
			return "localhost";
		}
	}

}
