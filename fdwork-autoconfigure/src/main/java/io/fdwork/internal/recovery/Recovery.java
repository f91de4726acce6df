package io.fdwork.internal.recovery;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.count.Counts;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.TableFile;
import io.fdwork.internal.table.TableView;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.TableGrant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hand of the daemon on the connections in service: lets go of those that have ended,
 * and looks after those whose worker has died, and those that somebody has got from a
 * queue and never claimed. A thread of its own does that. Safe for all threads.
 */
public final class Recovery implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Recovery.class);

	static final Duration INTERVAL = Duration.ofMillis(100);

	/**
	 * How long a connection that has left its queue may be unclaimed.
	 */
	static final Duration GRACE = Duration.ofMillis(500);

	/**
	 * How long the entry of one that is held no more is kept for whoever claims it late.
	 */
	static final Duration DROPPED_GRACE = Duration.ofMinutes(1);

	private final ServedConnections served;

	private final Sweeper sweeper;

	private final PutHolder holder;

	private final Arrivals arrivals;

	private final Collection<KernelQueue> queues;

	private final WorkerNumbers numbers = new WorkerNumbers();

	private final Counts<Fate> fates = new Counts<>(Fate.class);

	private final Deaths deaths = new Deaths();

	private final Rescue rescue;

	private final ScheduledExecutorService thread;

	private final Failures failures = new Failures();

	private volatile boolean started;

	// Of the thread, as all that follows
	private final TableView view = new TableView(Sweeper.BLOCK);

	private final TableView single = new TableView(1);

	private final Map<KernelQueue, Long> left = new IdentityHashMap<>();

	// Of one look
	private final Map<Fate, Integer> ofTheDead = new EnumMap<>(Fate.class);

	Recovery(TableFile file, Collection<KernelQueue> queues, boolean readsFirst, IdleHome home, ReplayRule replays) {
		ServedConnections served = new ServedConnections(file);
		this.served = served;
		this.sweeper = new Sweeper(served);
		this.holder = new PutHolder(served, this.sweeper, readsFirst);
		this.queues = queues;
		this.arrivals = new Arrivals(served, queues);
		this.rescue = new Rescue(served, home, replays, this::note);
		this.thread = Executors.newSingleThreadScheduledExecutor((task) -> {
			Thread thread = new Thread(task, "fdwork-recovery");
			thread.setDaemon(true);
			return thread;
		});
	}

	/**
	 * Create a recovery that holds nothing yet.
	 * @param directory where the table goes if there is no file system in memory
	 * @param max how many connections to hold at most
	 * @param queues what connections are put on; stay the caller's
	 * @param readsFirst whether the daemon reads from new connections before it puts them
	 * @param home where idle connections wait
	 * @param replays what is replayed
	 * @return the recovery, to be closed by the caller
	 * @throws IOException if there is no room for the table
	 */
	public static Recovery create(Path directory, int max, KernelQueues queues, boolean readsFirst, IdleHome home,
			ReplayRule replays) throws IOException {
		return new Recovery(TableFile.create(directory, max, replays.maxLength()), queues.all(), readsFirst, home,
				replays);
	}

	/**
	 * Hold from now on what is put.
	 */
	public void start() {
		hold();
		this.started = true;
		this.thread.scheduleWithFixedDelay(() -> perform(this::look), INTERVAL.toNanos(), INTERVAL.toNanos(),
				TimeUnit.NANOSECONDS);
	}

	void hold() {
		this.queues.forEach((queue) -> queue.holdWith(this.holder));
	}

	/**
	 * Let a worker mark what it has.
	 * @param process which one, {@code null} if that cannot be seen
	 * @return what it needs to know, {@code null} if it cannot
	 */
	public @Nullable TableGrant grant(@Nullable ProcessIdentity process) {
		int number = (this.served.isUsable()) ? this.numbers.give(process) : 0;
		TableFile file = this.served.file();
		int journalLength = file.journalLength();
		return (number > 0)
				? new TableGrant(file.id(), file.entries(), number, (journalLength > 0) ? journalLength : null) : null;
	}

	/**
	 * Duplicate the table for a worker.
	 * @return a descriptor, to be closed by the caller
	 * @throws IOException if the process has no descriptor left
	 */
	public Descriptor duplicateTable() throws IOException {
		return this.served.file().duplicate();
	}

	/**
	 * Note that the life line of a worker is watched.
	 * @param worker its number
	 * @param line ends that
	 */
	public void watched(int worker, Runnable line) {
		this.numbers.watched(worker, line);
	}

	/**
	 * Note that the process of a worker is gone.
	 * @param worker its number
	 */
	public void ended(int worker) {
		this.numbers.ended(worker);
		execute(this::look);
	}

	/**
	 * Note that all was read that a worker has said on its control connection.
	 * @param worker its number
	 */
	public void left(int worker) {
		this.numbers.left(worker);
		execute(this::look);
	}

	/**
	 * Let go of what is in a queue, from which somebody gets who claims nothing.
	 * @param queue the queue, on which nothing is put any more with a place
	 */
	public void drop(KernelQueue queue) {
		try {
			TableView view = new TableView(Sweeper.BLOCK);
			for (int from = 0; from < this.served.used(); from += Sweeper.BLOCK) {
				this.served.file().read(from, view);
				this.sweeper.dropPut(queue, from, view);
			}
		}
		catch (IOException ex) {
			this.served.fail(ex);
		}
	}

	/**
	 * Note that a connection has come home.
	 * @param place where it is, as whoever gives it back says
	 * @param connection the connection; stays the caller's. {@code null} if its client
	 * has gone
	 */
	public void cameHome(Place place, @Nullable Descriptor connection) {
		this.served.cameHome(place, connection);
	}

	/**
	 * Give a connection that has come home a place, if it has none here.
	 * @param queue the name of the queue that it is put on next
	 * @param connection the connection; stays the caller's
	 * @param worker the number of the worker that has sent it
	 * @return where it is, {@code null} if there is no room for it
	 */
	public @Nullable Place arrive(String queue, Descriptor connection, int worker) {
		return this.arrivals.place(queue, connection, worker);
	}

	/**
	 * Return whether a place is one of this daemon.
	 * @param place the place, {@code null} for none
	 */
	public boolean knows(@Nullable Place place) {
		return place != null && place.table() == this.served.file().id();
	}

	/**
	 * Note that a connection was lost on its way home, as this process had too few
	 * descriptors. What is held of it is as good.
	 * @param place where it is, as the worker says
	 */
	public void lostOnTheWay(Place place) {
		execute(() -> {
			ServedConnection connection = this.served.find(place);
			this.served.file().read(place.index(), this.single);
			if (connection != null && this.sweeper.look(connection, this.single, 0) == Whereabouts.TAKEN
					&& this.single.state(0) == EntryState.HOME && !connection.dropped) {
				this.rescue.rescue(connection, Rescue.Mark.of(this.single, 0), null, System.nanoTime());
			}
		});
	}

	/**
	 * Do something on the thread, once that is at work.
	 */
	private void execute(Task task) {
		if (!this.started) {
			return;
		}
		try {
			this.thread.execute(() -> perform(task));
		}
		catch (RejectedExecutionException ex) {
			logger.trace("Closed already", ex);
		}
	}

	private void perform(Task task) {
		try {
			task.run();
		}
		catch (IOException ex) {
			this.served.fail(ex);
		}
		catch (RuntimeException | Error ex) {
			if (this.failures.isFirst("perform")) {
				logger.error("The connections in service cannot be looked after; trying again. Logged once", ex);
			}
		}
	}

	private void look() throws IOException {
		look(System.nanoTime());
	}

	void look(long now) throws IOException {
		// First: what these have marked last is read by now
		this.numbers.look();
		List<Integer> lost = this.numbers.takeLost();
		this.left.clear();
		for (int from = 0; from < this.served.used(); from += Sweeper.BLOCK) {
			this.served.file().read(from, this.view);
			this.sweeper.releaseEnded(from, this.view);
			List<ServedConnection> missing = new ArrayList<>();
			for (int i = 0; i < this.view.size(); i++) {
				ServedConnection connection = this.served.at(from + i);
				if (connection != null) {
					look(connection, i, now, lost, missing);
				}
			}
			missing.forEach(this.rescue::putMissing);
		}
		this.rescue.putWaiting();
		this.numbers.settle();
		tellOfTheDead();
	}

	/**
	 * Note what has become of a connection.
	 * @param worker who had it, {@code null} if that cannot be told
	 */
	private void note(Fate fate, @Nullable ProcessIdentity worker) {
		this.fates.increment(fate);
		if (worker != null) {
			this.deaths.add(worker, fate);
			this.ofTheDead.merge(fate, 1, Integer::sum);
		}
	}

	private void tellOfTheDead() {
		Map<Fate, Integer> fates = this.ofTheDead;
		if (!fates.isEmpty()) {
			logger.info(
					"Of the connections of a worker that has died, {} were put again, {} with their requests, {} are "
							+ "idle here, {} have ended with it, the clients of {} had gone",
					fates.getOrDefault(Fate.PUT_AGAIN, 0), fates.getOrDefault(Fate.REPLAYED, 0),
					fates.getOrDefault(Fate.HOME, 0),
					fates.getOrDefault(Fate.LOST, 0) + fates.getOrDefault(Fate.POISONED, 0),
					fates.getOrDefault(Fate.DEPARTED, 0));
			fates.clear();
		}
	}

	private void look(ServedConnection connection, int i, long now, List<Integer> lost,
			List<ServedConnection> missing) {
		switch (this.sweeper.look(connection, this.view, i)) {
			case ELSEWHERE -> this.sweeper.releaseLeft(connection);
			case QUEUED -> {
				if (isMissing(connection, now)) {
					missing.add(connection);
				}
			}
			case TAKEN -> {
				connection.missingNanos = 0;
				int worker = this.view.worker(i);
				boolean gone = this.numbers.isGone(worker);
				if (gone && !connection.dropped) {
					this.rescue.rescue(connection, Rescue.Mark.of(this.view, i), this.numbers.lastGone(worker), now);
				}
				else if (gone || lost.contains(worker)) {
					this.served.release(connection);
				}
				else if (!this.numbers.isGiven(worker)) {
					this.sweeper.releaseStrange(connection);
				}
			}
			case STRANGE -> this.sweeper.releaseStrange(connection);
		}
	}

	/**
	 * Return whether it has left the queue for so long that whoever got it cannot claim
	 * it any more. Of one that is held no more, only its entry is given free.
	 */
	private boolean isMissing(ServedConnection connection, long now) {
		long left = this.left.computeIfAbsent(connection.queue, (queue) -> queue.snapshot().got());
		if (connection.sequence == 0 || connection.sequence > left) {
			return false;
		}
		if (connection.missingNanos == 0) {
			connection.missingNanos = now;
		}
		long missing = now - connection.missingNanos;
		if (connection.dropped) {
			if (missing > DROPPED_GRACE.toNanos()) {
				this.served.release(connection);
			}
			return false;
		}
		return missing >= GRACE.toNanos();
	}

	/**
	 * Return what is held at this moment.
	 * @return a snapshot
	 */
	public RecoverySnapshot snapshot() {
		return new RecoverySnapshot(this.served.file().entries(), this.served.held(), this.holder.notHeld(),
				this.fates.toMap(), this.sweeper.damaged(), this.deaths.last(), this.numbers.unsettled());
	}

	/**
	 * Let go of all. Workers go on serving what they have.
	 */
	@Override
	public void close() {
		this.thread.shutdown();
		this.numbers.close();
		this.served.close();
	}

	private interface Task {

		void run() throws IOException;

	}

}
