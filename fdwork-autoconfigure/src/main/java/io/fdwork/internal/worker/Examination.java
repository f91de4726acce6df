package io.fdwork.internal.worker;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at the health of the application when somebody wants to know it, on a thread of
 * its own, as that may take long. Safe for threads.
 */
final class Examination {

	private static final Logger logger = LoggerFactory.getLogger(Examination.class);

	private static final int MAX_LENGTH = 200;

	private final Supplier<@Nullable String> health;

	private final AtomicBoolean looking = new AtomicBoolean();

	private volatile @Nullable String down;

	/**
	 * Create an examination.
	 * @param health looks, and gives what is down; {@code null} if nothing is known to be
	 */
	Examination(Supplier<@Nullable String> health) {
		this.health = health;
	}

	/**
	 * Begin to look, unless this is looking already. Waits for nothing.
	 */
	void begin() {
		if (!this.looking.compareAndSet(false, true)) {
			return;
		}
		try {
			Thread thread = new Thread(this::look, "fdwork-health");
			thread.setDaemon(true);
			thread.start();
		}
		catch (RuntimeException | Error ex) {
			logger.debug("No thread is left to look at the health", ex);
			this.looking.set(false);
		}
	}

	private void look() {
		try {
			String found = this.health.get();
			this.down = (found != null && found.length() > MAX_LENGTH) ? found.substring(0, MAX_LENGTH) : found;
		}
		finally {
			this.looking.set(false);
		}
	}

	/**
	 * Return what was down when this looked last, {@code null} if nothing was known to
	 * be.
	 */
	@Nullable String down() {
		return this.down;
	}

}
