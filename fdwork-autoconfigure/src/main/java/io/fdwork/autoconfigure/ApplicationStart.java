package io.fdwork.autoconfigure;

import org.springframework.boot.context.event.ApplicationFailedEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextRefreshedEvent;
import org.springframework.core.Ordered;

/**
 * Knows whether the application stops because its start has failed, after the daemon has
 * started.
 */
final class ApplicationStart implements ApplicationListener<ApplicationEvent>, Ordered {

	private final ApplicationContext context;

	private volatile boolean refreshed;

	private volatile boolean failed;

	ApplicationStart(ApplicationContext context) {
		this.context = context;
	}

	@Override
	public void onApplicationEvent(ApplicationEvent event) {
		if (event instanceof ContextRefreshedEvent refreshed && refreshed.getApplicationContext() == this.context) {
			this.refreshed = true;
		}
		else if (event instanceof ApplicationFailedEvent) {
			this.failed = true;
		}
	}

	/**
	 * Return whether it is the start that ends the application: a bean, a listener or a
	 * runner has thrown. Somebody who ends the JVM meanwhile has the last word.
	 */
	boolean hasFailed() {
		return (this.failed || !this.refreshed) && !isExiting();
	}

	private static boolean isExiting() {
		Thread hook = new Thread(() -> {
		}, "fdwork-exit-check");
		try {
			Runtime.getRuntime().addShutdownHook(hook);
			Runtime.getRuntime().removeShutdownHook(hook);
			return false;
		}
		catch (IllegalStateException ex) {
			// As a JVM answers that is about to exit
			return true;
		}
	}

	/**
	 * Comes last: another listener may fail the start yet.
	 */
	@Override
	public int getOrder() {
		return Ordered.LOWEST_PRECEDENCE;
	}

}
