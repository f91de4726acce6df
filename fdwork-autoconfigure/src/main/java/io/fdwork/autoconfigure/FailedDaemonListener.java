package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.util.List;

import io.fdwork.internal.daemon.SecondDaemonException;
import io.fdwork.internal.fleet.Survivors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.boot.context.event.SpringApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Says what it means that a daemon does not start while workers of the one before live
 * on: the ports are open, and who connects waits.
 */
class FailedDaemonListener implements ApplicationListener<SpringApplicationEvent>, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(FailedDaemonListener.class);

	// Known before anything can fail, and filled meanwhile
	private @Nullable Environment prepared;

	@Override
	public void onApplicationEvent(SpringApplicationEvent event) {
		if (event instanceof ApplicationEnvironmentPreparedEvent begun) {
			this.prepared = begun.getEnvironment();
		}
		else if (event instanceof ApplicationFailedEvent failed) {
			ConfigurableApplicationContext context = failed.getApplicationContext();
			Environment environment = (context != null) ? context.getEnvironment() : this.prepared;
			if (environment != null && isDaemon(environment) && !isSecond(failed.getException())) {
				tell(environment);
			}
		}
	}

	private static void tell(Environment environment) {
		try {
			Path directory = directory(environment);
			List<Long> workers = Survivors.of(directory);
			if (!workers.isEmpty()) {
				logger.error("This daemon has not started. The workers {} of the one before serve what they have, keep "
						+ "the ports for the next daemon and accept in its place, where they may stand in; otherwise "
						+ "clients that connect wait for it. Nobody replaces a worker that ends. Start the daemon "
						+ "again in {} when the cause is gone; to close the ports, end the workers", workers,
						directory);
			}
		}
		catch (RuntimeException ex) {
			logger.debug("It is not known whether workers wait for this daemon", ex);
		}
	}

	private static boolean isDaemon(Environment environment) {
		return Role.DAEMON.name().equalsIgnoreCase(environment.getProperty("fdwork.role", "none").strip());
	}

	private static boolean isSecond(Throwable failure) {
		return failure instanceof SecondDaemonException
				|| NestedExceptionUtils.getMostSpecificCause(failure) instanceof SecondDaemonException;
	}

	private static Path directory(Environment environment) {
		FdworkProperties properties = new FdworkProperties();
		properties.setApplication(environment.getProperty("fdwork.application"));
		String directory = environment.getProperty("fdwork.directory");
		if (directory != null) {
			properties.setDirectory(Path.of(directory));
		}
		return properties.directoryOrDefault().toAbsolutePath();
	}

	/**
	 * Asked for each kind of event when it comes: this is before those who prepare the
	 * environment and may fail, and after those who let a failure be logged.
	 */
	@Override
	public int getOrder() {
		return (this.prepared == null) ? Ordered.HIGHEST_PRECEDENCE : Ordered.LOWEST_PRECEDENCE;
	}

}
