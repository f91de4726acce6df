package io.fdwork.internal.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

import io.fdwork.descriptor.LifeLine;
import io.fdwork.descriptor.LifeWatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells each worker, over a life line of its own, that this daemon accepts, as long as it
 * does. A line lives as long as both processes, or until the worker has another one: the
 * end of a control connection says nothing of either. Safe for all threads.
 */
final class Heartbeat implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Heartbeat.class);

	static final Duration INTERVAL = Duration.ofMillis(250);

	private final int max;

	private final BooleanSupplier accepting;

	private final LifeWatch watch = new LifeWatch("fdwork-life");

	private final Set<LifeLine> lines = ConcurrentHashMap.newKeySet();

	private volatile boolean beating;

	private volatile boolean closed;

	/**
	 * Create a heartbeat that does not beat yet.
	 * @param max how many lines there may be
	 * @param accepting whether this daemon accepts, and nothing hangs
	 */
	Heartbeat(int max, BooleanSupplier accepting) {
		this.max = max;
		this.accepting = accepting;
	}

	/**
	 * Beat from now on, at once for those that are there.
	 */
	void start() {
		this.watch.repeat(INTERVAL, this::tick);
	}

	/**
	 * Beat once, if this daemon accepts, and let go of the lines of those who are gone or
	 * have another one.
	 */
	void tick() {
		this.beating = isAccepting();
		if (this.beating) {
			this.lines.forEach(this::beat);
		}
	}

	private boolean isAccepting() {
		try {
			return this.accepting.getAsBoolean();
		}
		catch (RuntimeException | Error ex) {
			logger.debug("Whether this daemon accepts cannot be told", ex);
			return false;
		}
	}

	private void beat(LifeLine line) {
		if (!line.beat()) {
			this.lines.remove(line);
			line.close();
		}
	}

	/**
	 * Open the line of a worker.
	 * @return the line, whose other end the caller passes to the worker and then closes;
	 * {@code null} if there are too many or this process has too few descriptors
	 */
	@Nullable LifeLine open() {
		try {
			if (this.closed || this.lines.size() >= this.max) {
				logger.debug("There are {} life lines already", this.lines.size());
				return null;
			}
			LifeLine line = LifeLine.open();
			this.lines.add(line);
			if (this.closed) {
				line.close();
				return null;
			}
			if (this.beating) {
				// The worker need not wait for the next one
				line.beat();
			}
			return line;
		}
		catch (IOException ex) {
			logger.debug("There are too few descriptors for a life line", ex);
			return null;
		}
	}

	/**
	 * Return the thread that watches the lines of the workers, too.
	 */
	LifeWatch watch() {
		return this.watch;
	}

	/**
	 * End all lines: this daemon has let go of everything, and comes back no more.
	 */
	@Override
	public void close() {
		this.closed = true;
		this.watch.close();
		this.lines.forEach(LifeLine::close);
		this.lines.clear();
	}

}
