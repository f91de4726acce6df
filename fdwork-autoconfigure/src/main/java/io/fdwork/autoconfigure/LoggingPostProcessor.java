package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

import io.fdwork.internal.output.StandardOutput;
import io.fdwork.internal.output.WorkerLogFile;
import io.fdwork.internal.wire.Membership;

import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.StringUtils;
import org.springframework.util.unit.DataSize;

/**
 * Prepares the output of an application with a role, before its logging system starts:
 * the standard output of a daemon is bounded, a worker of a fleet gets a log file of its
 * own, and what Spring Integration says under our names when it starts is left out.
 */
class LoggingPostProcessor implements EnvironmentPostProcessor, Ordered {

	private static final String FILE_NAME = "logging.file.name";

	private static final String FILE_PATH = "logging.file.path";

	/**
	 * What Spring Boot calls the file in a {@code logging.file.path}.
	 */
	private static final String DEFAULT_FILE = "spring.log";

	private static final Map<String, Object> LEVELS = Map.of("logging.level.io.fdwork.integration", "warn",
			"logging.level.io.fdwork.internal.integration", "warn",
			// Tell of a port that they do not bind, or bind for the endpoints, which we
			// say
			"logging.level.org.springframework.boot.tomcat.TomcatWebServer", "warn",
			"logging.level.org.springframework.boot.jetty.JettyWebServer", "warn",
			"logging.level.org.springframework.boot.jetty.servlet.JettyServletWebServerFactory", "warn",
			"logging.level.org.eclipse.jetty.server.AbstractConnector", "warn",
			"logging.level.org.springframework.boot.reactor.netty.NettyWebServer", "warn");

	private final Map<String, String> variables;

	/**
	 * Create a post processor for this process.
	 */
	public LoggingPostProcessor() {
		this(System.getenv());
	}

	LoggingPostProcessor(Map<String, String> variables) {
		this.variables = variables;
	}

	@Override
	public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
		String role = environment.getProperty("fdwork.role", "").trim().toUpperCase(Locale.ROOT);
		if (role.equals(Role.DAEMON.name())) {
			boundStandardOutput(environment);
		}
		else if (role.equals(Role.WORKER.name())) {
			if (Membership.of(this.variables) != null) {
				useOwnLogFile(environment);
			}
		}
		else {
			return;
		}
		environment.getPropertySources().addLast(new MapPropertySource("fdworkLogLevels", LEVELS));
	}

	private static void boundStandardOutput(ConfigurableEnvironment environment) {
		DataSize buffer = new FdworkProperties.Daemon().getConsoleBuffer();
		try {
			buffer = Binder.get(environment).bind("fdwork.daemon.console-buffer", DataSize.class).orElse(buffer);
		}
		catch (BindException ex) {
			// The start fails when all properties are bound, with
			// an analysis that nobody would see now
		}
		if (buffer.toBytes() > 0) {
			StandardOutput.bound((int) Math.min(buffer.toBytes(), Integer.MAX_VALUE));
		}
	}

	private static void useOwnLogFile(ConfigurableEnvironment environment) {
		String name = environment.getProperty(FILE_NAME, "");
		String path = environment.getProperty(FILE_PATH, "");
		if (!StringUtils.hasLength(name) && !StringUtils.hasLength(path)) {
			return;
		}
		Path shared = (StringUtils.hasLength(name)) ? Path.of(name) : Path.of(path, DEFAULT_FILE);
		environment.getPropertySources()
			.addFirst(new MapPropertySource("fdworkLogFile", Map.of(FILE_NAME, WorkerLogFile.of(shared).toString())));
	}

	@Override
	public int getOrder() {
		// What the files of the application say is known then. Before what may fail the
		// start, which is told on the standard output
		return Ordered.LOWEST_PRECEDENCE - 1;
	}

}
