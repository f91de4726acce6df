package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.LifeObserver;
import io.fdwork.descriptor.LifeWatch;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlProtocolException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches the life of whatever daemon there is, and tells each change, on a thread of its
 * own. What it is told itself takes effect there, in its order, and makes nobody wait.
 */
final class DaemonWatch implements LifeObserver, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(DaemonWatch.class);

	private final Consumer<DaemonLife> changed;

	// Null before the start
	private volatile @Nullable LifeWatch watch;

	// Of the thread, as all that follows
	private final DaemonPulse pulse;

	private LifeWatch.@Nullable Line line;

	private long pid;

	private @Nullable DaemonLife told;

	// 0 if it is not silent for too long
	private long silentSinceNanos;

	/**
	 * Create a watch over no daemon.
	 * @param timeout how long a daemon that does its work may be silent
	 * @param changed is told each change
	 */
	DaemonWatch(Duration timeout, Consumer<DaemonLife> changed) {
		this.pulse = new DaemonPulse(timeout, System.nanoTime());
		this.changed = changed;
	}

	void start() {
		LifeWatch watch = new LifeWatch("fdwork-daemon-life");
		this.watch = watch;
		watch.repeat(this.pulse.interval(), () -> {
			this.pulse.step(System.nanoTime());
			tell();
		});
	}

	private boolean execute(Runnable task) {
		LifeWatch watch = this.watch;
		return watch != null && watch.execute(task);
	}

	/**
	 * There is a daemon that has no life line for this worker.
	 * @param pid its process
	 */
	void connected(long pid) {
		execute(() -> {
			leaveLine();
			this.pid = pid;
			this.pulse.connected();
			tell();
		});
	}

	/**
	 * The daemon gives its life line, or says that it has none for this worker.
	 * @param connection what the message came on
	 * @param pid its process
	 * @throws IOException if what came is no life line
	 */
	void take(ControlConnection connection, long pid) throws IOException {
		List<Descriptor> ends = connection.takeDescriptors();
		try {
			if (connection.takeDiscarded() && ends.isEmpty()) {
				logger.debug("There were too few descriptors for the life line of the daemon");
			}
			if (ends.size() > 1) {
				throw new ControlProtocolException("sent " + ends.size() + " life lines");
			}
			if (ends.isEmpty()) {
				connected(pid);
			}
			else {
				follow(ends.get(0), pid);
			}
		}
		finally {
			ends.forEach(Descriptor::close);
		}
	}

	private void follow(Descriptor end, long pid) throws ControlProtocolException {
		LifeWatch.Line next;
		try {
			next = Objects.requireNonNull(this.watch).take(end, this);
		}
		catch (IOException ex) {
			throw new ControlProtocolException("sent something else than a life line");
		}
		boolean followed = execute(() -> {
			leaveLine();
			this.pid = pid;
			this.line = next;
			this.pulse.lined();
			tell();
			next.start();
		});
		if (!followed) {
			next.close();
		}
	}

	private void leaveLine() {
		if (this.line != null) {
			this.line.close();
			this.line = null;
		}
	}

	/**
	 * The daemon has said that it stops.
	 */
	void dismissed() {
		execute(() -> {
			this.pulse.dismissed();
			tell();
		});
	}

	/**
	 * The control connection has ended.
	 */
	void disconnected() {
		execute(() -> {
			this.pulse.disconnected();
			tell();
		});
	}

	@Override
	public void beat() {
		this.pulse.beat();
		tell();
	}

	@Override
	public void ended() {
		this.pulse.ended();
		tell();
	}

	@Override
	public void unwatched() {
		this.pulse.connected();
		tell();
	}

	private void tell() {
		DaemonLife life = this.pulse.life();
		if (life == null || life == this.told) {
			return;
		}
		this.told = life;
		log(life);
		try {
			this.changed.accept(life);
		}
		catch (RuntimeException | Error ex) {
			logger.error("Who was told that the daemon is {} has failed", life, ex);
		}
	}

	private void log(DaemonLife life) {
		if (life == DaemonLife.HUNG && this.pulse.isSilent()) {
			this.silentSinceNanos = System.nanoTime() - this.pulse.silence().toNanos();
			logger.warn(
					"The daemon with pid {} has not said for {} ms that it accepts: it is stopped or hangs, or the machine is too busy",
					this.pid, this.pulse.silence().toMillis());
		}
		else if (life == DaemonLife.ALIVE && this.silentSinceNanos != 0) {
			logger.info("The daemon with pid {} accepts again, after {} ms", this.pid,
					Duration.ofNanos(System.nanoTime() - this.silentSinceNanos).toMillis());
		}
		if (life != DaemonLife.HUNG) {
			this.silentSinceNanos = 0;
		}
	}

	@Override
	public void close() {
		LifeWatch watch = this.watch;
		if (watch != null) {
			watch.close();
		}
	}

}
