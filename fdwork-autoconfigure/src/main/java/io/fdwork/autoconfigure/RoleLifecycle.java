package io.fdwork.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.function.Consumer;

import org.springframework.context.SmartLifecycle;

/**
 * Starts the daemon or the worker, or what a daemon starts besides, after everything that
 * it needs, and stops it before. The stop takes less time than the shutdown phase, so
 * that what must come after it finds time.
 */
final class RoleLifecycle implements SmartLifecycle {

	/**
	 * Starts after the web server and graceful shutdown, stops before them.
	 */
	static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

	/**
	 * Starts after what a request may pass on its way to a queue, and before every web
	 * server.
	 */
	static final int EARLY_PHASE = SmartLifecycle.DEFAULT_PHASE - 3072;

	private static final Duration RESERVE = Duration.ofSeconds(1);

	private final int phase;

	private final Start start;

	private final Consumer<Duration> stop;

	private final Duration stopTimeout;

	private volatile boolean running;

	RoleLifecycle(Start start, Consumer<Duration> stop, Duration shutdownPhase) {
		this(PHASE, start, stop, shutdownPhase);
	}

	RoleLifecycle(int phase, Start start, Consumer<Duration> stop, Duration shutdownPhase) {
		this.phase = phase;
		this.start = start;
		this.stop = stop;
		Duration half = shutdownPhase.dividedBy(2);
		Duration reserved = shutdownPhase.minus(RESERVE);
		this.stopTimeout = (reserved.compareTo(half) > 0) ? reserved : half;
	}

	@Override
	public void start() {
		try {
			this.start.run();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		this.running = true;
	}

	@Override
	public void stop() {
		this.stop.accept(this.stopTimeout);
		this.running = false;
	}

	@Override
	public boolean isRunning() {
		return this.running;
	}

	@Override
	public boolean isPauseable() {
		return false;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

	/**
	 * A start that may fail.
	 */
	interface Start {

		void run() throws IOException;

	}

}
