package io.fdwork.autoconfigure;

import java.nio.file.Path;
import java.util.List;

import io.fdwork.internal.daemon.SecondDaemonException;
import io.fdwork.internal.fleet.Survivors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.core.env.Environment;

/**
 * Says what it means that a daemon does not start while workers of the one before live
 * on: the ports are open, and who connects waits.
 */
class FailedDaemonListener implements ApplicationListener<ApplicationFailedEvent> {

	private static final Logger logger = LoggerFactory.getLogger(FailedDaemonListener.class);

	@Override
	public void onApplicationEvent(ApplicationFailedEvent event) {
		ConfigurableApplicationContext context = event.getApplicationContext();
		// Also null, if it failed before there was one
		if (context == null || !isDaemon(context.getEnvironment()) || isSecond(event.getException())) {
			return;
		}
		try {
			Path directory = directory(context.getEnvironment());
			List<Long> workers = Survivors.of(directory);
			if (!workers.isEmpty()) {
				logger.error("This daemon has not started. The workers {} of the one before serve what they have, keep "
						+ "the ports for the next daemon and wait for it, and so do clients that connect: nobody "
						+ "accepts. Start the daemon again in {} when the cause is gone; to close the ports, end the "
						+ "workers", workers, directory);
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
		String directory = environment.getProperty("fdwork.directory");
		if (directory != null) {
			properties.setDirectory(Path.of(directory));
		}
		return properties.directoryOrDefault().toAbsolutePath();
	}

}
