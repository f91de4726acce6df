package io.fdwork.autoconfigure;

import io.fdwork.internal.archive.StartupArchive;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;

/**
 * Warms the web server up in a run that builds an archive, so that the archive has what a
 * request needs. That run ends before anything of the application is started, and so this
 * starts the web server alone.
 */
final class TrainingWarmUp implements SmartInitializingSingleton {

	private static final Logger logger = LoggerFactory.getLogger(TrainingWarmUp.class);

	private final ApplicationContext context;

	private final Runnable warmUp;

	TrainingWarmUp(ApplicationContext context, Runnable warmUp) {
		this.context = context;
		this.warmUp = warmUp;
	}

	@Override
	public void afterSingletonsInstantiated() {
		if (!Boolean.getBoolean(StartupArchive.TRAINING)) {
			return;
		}
		WebServer server = (this.context instanceof WebServerApplicationContext web) ? web.getWebServer() : null;
		if (server == null) {
			return;
		}
		try {
			server.start();
			this.warmUp.run();
		}
		catch (RuntimeException | Error ex) {
			logger.warn("The archive will not have what a request needs", ex);
		}
	}

}
