package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.fdwork.internal.failure.Failures;
import io.fdwork.worker.Leadership;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this worker the leader when it may be that and no other process is, until it
 * resigns. One thread, {@code fdwork-leader}, takes and leaves the seat, step by step;
 * the rest is for all threads.
 */
public final class Election implements Leadership {

	private static final Logger logger = LoggerFactory.getLogger(Election.class);

	/**
	 * How long a seat is free at most before somebody sees that.
	 */
	private static final Duration STEP_INTERVAL = Duration.ofMillis(200);

	private final Seat seat;

	private final BooleanSupplier mayLead;

	private final Consumer<Boolean> observer;

	private final Failures failures = new Failures();

	// Of the thread
	private boolean seated;

	private volatile boolean leader;

	// Guarded by this
	private int running;

	// Guarded by this
	private boolean started;

	private volatile boolean resigned;

	/**
	 * Create an election in which this worker does not stand yet.
	 * @param directory the directory of the daemon
	 * @param mayLead whether this worker may become the leader; it stays so for as long
	 * as it lives
	 * @param observer is told when this worker becomes the leader, and when it is that no
	 * more; nobody else becomes the leader before it has returned
	 */
	public Election(Path directory, BooleanSupplier mayLead, Consumer<Boolean> observer) {
		this(new LeaderSeat(directory), mayLead, observer);
	}

	Election(Seat seat, BooleanSupplier mayLead, Consumer<Boolean> observer) {
		this.seat = seat;
		this.mayLead = mayLead;
		this.observer = observer;
	}

	/**
	 * Stand from now on, whenever this worker may lead.
	 */
	public synchronized void start() {
		if (this.started || this.resigned) {
			return;
		}
		Thread thread = new Thread(this::run, "fdwork-leader");
		thread.setDaemon(true);
		thread.start();
		this.started = true;
	}

	private void run() {
		try {
			while (step()) {
				synchronized (this) {
					wait(STEP_INTERVAL.toMillis());
				}
			}
		}
		catch (InterruptedException ex) {
			// Nobody interrupts this thread: it is not handed out
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Take the seat, or leave it, if it is time to.
	 * @return whether to go on
	 */
	boolean step() {
		try {
			if (this.leader && (this.resigned || !this.seat.isValid())) {
				become(false);
			}
			if (this.seated && !this.leader && isIdle()) {
				this.seat.leave();
				this.seated = false;
			}
			if (!this.seated && !this.resigned && this.mayLead.getAsBoolean() && this.seat.take()) {
				this.seated = true;
				become(true);
			}
			this.failures.over();
		}
		catch (NoSuchFileException ex) {
			logger.trace("The directory is not there yet, or no more", ex);
		}
		catch (IOException | RuntimeException | Error ex) {
			if (this.failures.isFirst(ex.toString())) {
				logger.warn("This worker cannot become the leader. Trying again; logged once", ex);
			}
		}
		return this.seated || !this.resigned;
	}

	private void become(boolean leader) {
		synchronized (this) {
			this.leader = leader;
		}
		if (leader) {
			logger.info("This worker is the leader");
		}
		this.observer.accept(leader);
	}

	private synchronized boolean isIdle() {
		return this.running == 0;
	}

	@Override
	public boolean isLeader() {
		return this.leader && !this.resigned;
	}

	@Override
	public boolean runIfLeader(Runnable task) {
		synchronized (this) {
			if (!isLeader()) {
				return false;
			}
			this.running++;
		}
		try {
			task.run();
			return true;
		}
		finally {
			synchronized (this) {
				this.running--;
				if (this.resigned) {
					notifyAll();
				}
			}
		}
	}

	/**
	 * Stand no more, and let another one become the leader as soon as what this one runs
	 * has ended. Waits for nothing.
	 */
	public synchronized void resign() {
		this.resigned = true;
		notifyAll();
	}

	/**
	 * What one process holds at a time.
	 */
	interface Seat {

		/**
		 * Take it, if nobody has it.
		 * @return whether this process has it now
		 */
		boolean take() throws IOException;

		/**
		 * Return whether who has it still keeps others out.
		 */
		boolean isValid();

		/**
		 * Leave it to others.
		 */
		void leave() throws IOException;

	}

}
