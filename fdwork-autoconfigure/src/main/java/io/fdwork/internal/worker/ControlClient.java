package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Feature;
import io.fdwork.worker.WorkerOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Keeps a worker connected to whatever daemon is there: registers, reports, and starts
 * again when the connection ends. One thread does all of it.
 */
final class ControlClient {

	private static final Logger logger = LoggerFactory.getLogger(ControlClient.class);

	private static final Duration MAX_REPORT_INTERVAL = Duration.ofSeconds(10);

	private final WorkerOptions options;

	private final Registration registration;

	private final Path socket;

	private final Callback callback;

	private final Supplier<ControlMessage.Report> reports;

	private final Consumer<BooleanSupplier> warmUp;

	private final ScrapeAnswers scrapes;

	private final Escrow escrow = new Escrow();

	private final Spares spares;

	private final CountDownLatch stopped = new CountDownLatch(1);

	private final Thread thread;

	private volatile @Nullable ControlConnection connection;

	// The same, once the daemon has had the first
	// report, before which it takes nothing else
	private volatile @Nullable DaemonHome home;

	// What the daemon of that connection can do
	private volatile Set<Feature> features = Set.of();

	private volatile boolean candidate = true;

	private final Failures failures = new Failures();

	private final Failures faults = new Failures();

	private final DaemonAbsence absence;

	private final DaemonWatch watch;

	/**
	 * Create a client that is not connected yet.
	 * @param probes tell of the process
	 * @param reports gives what is reported next
	 * @param counters count what is kept of what is at home
	 * @param warmUp runs before the first connection, and should end soon when it may not
	 * go on
	 */
	ControlClient(WorkerOptions options, ApplicationProbes probes, Callback callback,
			Supplier<ControlMessage.Report> reports, WorkerCounters counters, Consumer<BooleanSupplier> warmUp) {
		this.options = options;
		this.warmUp = warmUp;
		this.spares = new Spares(counters);
		this.socket = ControlAddress.in(options.getDirectory());
		this.callback = callback;
		this.absence = new DaemonAbsence(options.getDirectory());
		this.watch = new DaemonWatch(options.getDaemonTimeout(), callback::life);
		this.registration = new Registration(options, probes.membership(), this.escrow, callback, this.watch);
		this.reports = reports;
		this.scrapes = new ScrapeAnswers(probes.exposition());
		this.thread = new Thread(this::run, "fdwork-control");
		// Keeps the JVM alive: a worker has no other thread that must
		this.thread.setDaemon(false);
	}

	void start() {
		this.watch.start();
		try {
			this.thread.start();
		}
		catch (RuntimeException | Error ex) {
			this.watch.close();
			throw ex;
		}
	}

	private void run() {
		try {
			this.warmUp.accept(() -> this.stopped.getCount() > 0);
		}
		catch (RuntimeException | Error ex) {
			logger.error("The worker goes on without the rest of its warm-up", ex);
		}
		Duration delay = this.options.getMinReconnectDelay();
		while (this.stopped.getCount() > 0) {
			boolean registered = serveOneConnection();
			this.absence.look(registered, this.escrow.size(), this.escrow.served(), System.nanoTime());
			delay = (registered) ? this.options.getMinReconnectDelay() : delay;
			try {
				if (this.stopped.await(delay.toMillis(), TimeUnit.MILLISECONDS)) {
					return;
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return;
			}
			Duration doubled = delay.multipliedBy(2);
			delay = (doubled.compareTo(this.options.getMaxReconnectDelay()) < 0) ? doubled
					: this.options.getMaxReconnectDelay();
		}
	}

	private boolean serveOneConnection() {
		boolean registered = false;
		try (ControlConnection connection = new ControlConnection(UnixStream.connect(this.socket))) {
			ControlMessage.Welcome welcome = this.registration.perform(connection);
			this.features = Feature.named(welcome.features());
			registered = true;
			this.failures.over();
			this.connection = connection;
			this.callback.welcomed(Registration.pid(connection, welcome));
			welcome.orders().forEach(this.callback::ordered);
			follow(new DaemonHome(connection, this.features), welcome.reportIntervalMillis());
		}
		catch (Throwable ex) {
			// Whatever one connection brings, no thread for the queue or a
			// callback that fails, the worker must look for the next
			if (this.stopped.getCount() > 0) {
				lost(ex, registered);
			}
		}
		finally {
			if (registered) {
				this.watch.disconnected();
			}
			this.home = null;
			this.connection = null;
			this.candidate = true;
		}
		return registered;
	}

	private void lost(Throwable failure, boolean registered) {
		String problem = (failure instanceof ControlProtocolException) ? "The daemon " + failure.getMessage()
				: (failure instanceof IOException) ? String.valueOf(failure.getMessage()) : failure.toString();
		if (!(failure instanceof IOException) && this.faults.isFirst(problem)) {
			logger.error("The control connection has failed; connecting again. Logged once", failure);
		}
		boolean wanted = true;
		try {
			wanted = this.callback.lost(problem);
		}
		catch (RuntimeException | Error ex) {
			logger.error("Who was told that the daemon has gone has failed", ex);
		}
		boolean first = this.failures.isFirst(problem);
		if (wanted && first && !registered) {
			// A fleet starts its first worker beside the daemon, and looks after it
			logger.atLevel(this.registration.isOfFleet() ? Level.INFO : Level.WARN)
				.log("No daemon takes this worker in {} yet: {}. Trying again; logged once",
						this.options.getDirectory(), problem);
		}
	}

	private void follow(DaemonHome home, long reportIntervalMillis) throws IOException {
		ControlConnection connection = home.connection();
		// Zero would be to wait for ever
		connection.setReadTimeout(
				Duration.ofMillis(Math.max(1, Math.min(reportIntervalMillis, MAX_REPORT_INTERVAL.toMillis()))));
		while (this.stopped.getCount() > 0) {
			writeReport(connection);
			this.home = home;
			ControlMessage message = connection.read();
			if (message instanceof ControlMessage.Refusal refusal) {
				this.watch.dismissed();
				this.callback.dismissed(refusal.reason());
				return;
			}
			if (message instanceof ControlMessage.Order order) {
				this.callback.ordered(order);
			}
			if (message instanceof ControlMessage.Room room) {
				home.room().promise(room.returns());
			}
			if (message instanceof ControlMessage.Places places) {
				this.spares.placed(places);
			}
			if (message instanceof ControlMessage.Candidate said) {
				this.candidate = said.candidate();
			}
			if (message instanceof ControlMessage.Scrape scrape) {
				this.scrapes.answer(scrape, connection);
			}
			if (message instanceof ControlMessage.Stay stay) {
				this.callback.stay(Duration.ofMillis(stay.atMostMillis()));
			}
			if (message instanceof ControlMessage.Keep keep) {
				this.escrow.take(connection, keep);
			}
			else if (message != null) {
				refuseDescriptors(connection);
			}
		}
	}

	/**
	 * Return what is kept for a daemon that dies.
	 */
	Escrow escrow() {
		return this.escrow;
	}

	/**
	 * Return what is kept of what is at home with the daemon.
	 */
	Spares spares() {
		return this.spares;
	}

	/**
	 * The stream keeps what comes until it is closed: a daemon must not fill the table of
	 * this process.
	 */
	private static void refuseDescriptors(ControlConnection connection) throws IOException {
		List<Descriptor> surplus = connection.takeDescriptors();
		if (!surplus.isEmpty()) {
			surplus.forEach(Descriptor::close);
			throw new ControlProtocolException("sent " + surplus.size() + " descriptors with a message that has none");
		}
	}

	private ControlMessage.Report nextReport() {
		ControlMessage.Report next = this.reports.get();
		return (this.features.isEmpty()) ? next.inWordsOfFirstVersion()
				: (this.features.contains(Feature.LEADER)) ? next : next.withoutLeader();
	}

	/**
	 * Report now, besides the regular reports.
	 */
	void report() {
		ControlConnection connection = this.connection;
		if (connection != null) {
			try {
				writeReport(connection);
			}
			catch (IOException ex) {
				logger.debug("The daemon has gone", ex);
				// Half a message makes the rest unreadable
				connection.close();
			}
		}
	}

	/**
	 * Write what holds now. Made and written at once, so that the daemon reads none that
	 * is older than the one before; who has to wait would do so for the connection, too.
	 */
	private void writeReport(ControlConnection connection) throws IOException {
		synchronized (this.reports) {
			connection.write(nextReport());
		}
	}

	/**
	 * Say bye and end.
	 * @param reason why, for people
	 */
	void stop(String reason) {
		this.escrow.close();
		ControlConnection connection = this.connection;
		if (connection != null) {
			// First: the thread closes the connection when it sees that it should stop
			PatientWriter.send(connection, new ControlMessage.Bye(reason, nextReport().figures()), List.of());
		}
		this.stopped.countDown();
		if (connection != null) {
			connection.close();
		}
		this.registration.close();
		this.watch.close();
	}

	/**
	 * Return whether there is a daemon.
	 */
	boolean isConnected() {
		return this.home != null;
	}

	/**
	 * Return whether the daemon lets this worker become the leader. Where nobody says so,
	 * it may.
	 */
	boolean isCandidate() {
		return this.candidate;
	}

	/**
	 * Return where connections go back.
	 * @return the daemon, {@code null} while there is none
	 */
	@Nullable DaemonHome home() {
		return this.home;
	}

	/**
	 * Ask the daemon whether this worker may end.
	 * @return whether there is a daemon that was asked
	 */
	boolean askToLeave() {
		DaemonHome home = this.home;
		return home != null && PatientWriter.send(home.connection(), new ControlMessage.Leave(), List.of());
	}

	/**
	 * Is told what the daemon says, on the control thread.
	 */
	interface Callback {

		/**
		 * The daemon gave queues, which are closed when this returns.
		 */
		void queues(List<QueueReader> readers) throws IOException;

		void welcomed(long daemonPid);

		/**
		 * There is no daemon, or none any more.
		 * @return whether one is wanted: not by a worker that ends
		 */
		boolean lost(String problem);

		/**
		 * The daemon ends the connection, and has said so.
		 */
		void dismissed(String reason);

		void ordered(ControlMessage.Order order);

		void stay(Duration atMost);

		/**
		 * The life of the daemon is another one than before. Not on the control thread,
		 * but on one that does nothing else, and under no lock.
		 */
		void life(DaemonLife life);

	}

}
