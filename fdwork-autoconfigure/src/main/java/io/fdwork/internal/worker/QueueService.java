package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.descriptor.SharedListener;
import io.fdwork.internal.queue.AcceptSource;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.queue.WorkSource;
import io.fdwork.worker.WorkerOptions;
import io.netty.channel.IoEventLoop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets from the queues of one name: that of the daemon that is there now, and before it
 * those of earlier daemons until they are empty; and from the listeners of that name
 * where workers accept themselves. All share the permits.
 */
final class QueueService {

	private static final Logger logger = LoggerFactory.getLogger(QueueService.class);

	private final String queue;

	private final int threads;

	private final Duration patience;

	private final Supplier<List<IoEventLoop>> eventLoops;

	private final Permits permits;

	private final Gate gate;

	private final DescriptorReserve reserve;

	private final Consumer<Work> sink;

	private final WorkerCounters counters;

	// Those that get from the queue of the daemon that is there now
	private final List<GetTask> current = new ArrayList<>();

	// And those that get from an older one
	private final List<GetTask> all = new CopyOnWriteArrayList<>();

	// Those that accept
	private final List<GetTask> accepting = new CopyOnWriteArrayList<>();

	private final List<SharedListener> listeners = new ArrayList<>();

	private final AtomicInteger threadCount = new AtomicInteger();

	private Turn turn = Turn.first();

	private long instance;

	private boolean stopped;

	/**
	 * Create a service that gets from no queue yet.
	 * @param options say how many works are served and in hand at once
	 * @param threads how many threads get, where no event loop does
	 * @param patience after how long such a thread looks again, if nobody wakes it
	 * @param gate closed while nothing is to be got. Who opens or closes it calls
	 * {@link #wake()}
	 * @param eventLoops those that get themselves, asked for when there is a queue
	 */
	QueueService(String queue, WorkerOptions options, int threads, Duration patience, Gate gate,
			Supplier<List<IoEventLoop>> eventLoops, DescriptorReserve reserve, Consumer<Work> sink,
			WorkerCounters counters) {
		this.queue = queue;
		this.threads = threads;
		this.patience = patience;
		this.gate = gate;
		this.eventLoops = eventLoops;
		this.permits = new Permits(options.getConcurrency(), options.getMaxConnections(), options.getSlowStart());
		this.permits.onRelease(() -> this.all.forEach(GetTask::permitReleased));
		this.permits.onServed(counters::served);
		this.permits.onExhausted(() -> this.all.forEach(GetTask::permitsExhausted));
		this.reserve = reserve;
		this.sink = sink;
		this.counters = counters;
	}

	/**
	 * Get from a queue that a daemon gave. If it is the one of now, nothing changes;
	 * otherwise that is left when it is empty.
	 * @param reader the queue; the caller closes it
	 */
	synchronized void getFrom(QueueReader reader) throws IOException {
		if (this.stopped || (!this.current.isEmpty() && this.instance == reader.instance())) {
			return;
		}
		Turn turn = (this.current.isEmpty()) ? this.turn : this.turn.next();
		List<GetTask> next = newTasks(() -> reader.newGetter(this.counters::desisted), turn);
		this.turn = turn;
		endCurrentWhenEmpty();
		this.all.removeIf(GetTask::isOver);
		this.current.clear();
		this.current.addAll(next);
		this.all.addAll(next);
		this.instance = reader.instance();
		next.forEach(this::start);
		if (this.current.isEmpty()) {
			throw new IOException("No thread can be started to get from queue '" + this.queue + "'");
		}
	}

	private void start(GetTask task) {
		try {
			task.start();
		}
		catch (RuntimeException | Error ex) {
			logger.error("A thread to get from queue '{}' cannot be started; going on without it", this.queue, ex);
			task.gets().close();
			this.current.remove(task);
			this.accepting.remove(task);
			this.all.remove(task);
		}
	}

	private void endCurrentWhenEmpty() {
		this.current.forEach((task) -> task.gets().endWhenEmpty());
		wake();
	}

	/**
	 * Let all that get see that something has changed. Nobody who gets nothing may stand
	 * in line.
	 */
	void wake() {
		this.all.forEach(GetTask::wake);
	}

	private List<GetTask> newTasks(SourceFactory factory, Turn turn) throws IOException {
		List<IoEventLoop> eventLoops = this.eventLoops.get();
		List<WorkSource> sources = newSources(factory, (eventLoops.isEmpty()) ? this.threads : eventLoops.size());
		List<GetTask> tasks = new ArrayList<>();
		Company company = new Company(sources.size());
		for (WorkSource source : sources) {
			tasks.add((eventLoops.isEmpty())
					? new ThreadGetTask(newLoop(source, turn, this.patience, company),
							"fdwork-get-" + this.queue + "-" + this.threadCount.incrementAndGet())
					: new EventLoopGetTask(newLoop(source, turn, Duration.ZERO, company), eventLoops.get(tasks.size()),
							EventLoopGetTask.LOOK_INTERVAL));
		}
		return tasks;
	}

	private static List<WorkSource> newSources(SourceFactory factory, int count) throws IOException {
		List<WorkSource> sources = new ArrayList<>();
		try {
			for (int i = 0; i < count; i++) {
				sources.add(factory.create());
			}
			return sources;
		}
		catch (Throwable ex) {
			sources.forEach(WorkSource::close);
			throw ex;
		}
	}

	private GetLoop newLoop(WorkSource source, Turn turn, Duration patience, Company company) {
		return new GetLoop(source, turn, this.permits, this.gate, this.reserve, this.sink, this.counters, patience,
				company);
	}

	/**
	 * Accept from a listener, besides what is got from queues, until that is closed.
	 * @param listener the listener; the caller closes it, and {@linkplain #wake() wakes}
	 * this then
	 * @param afterQueue whether to accept only when the queue of now has been found
	 * empty, as nobody is there who puts on it
	 */
	synchronized void acceptFrom(SharedListener listener, boolean afterQueue) throws IOException {
		if (this.stopped) {
			return;
		}
		Turn queueIsEmpty = Turn.first();
		List<GetTask> tasks = newTasks(() -> new AcceptSource(this.queue, listener, this.counters::accepted),
				(afterQueue) ? queueIsEmpty.next() : Turn.first());
		this.accepting.removeIf(GetTask::isOver);
		this.listeners.removeIf(SharedListener::isOver);
		this.all.removeIf(GetTask::isOver);
		this.accepting.addAll(tasks);
		this.listeners.add(listener);
		this.all.addAll(tasks);
		if (afterQueue) {
			this.current.forEach((task) -> task.gets().onEmpty(() -> {
				queueIsEmpty.over();
				tasks.forEach(GetTask::wake);
			}));
		}
		tasks.forEach(this::start);
	}

	/**
	 * Have a connection in hand again that was idle at a daemon which is gone. It has a
	 * place and a permit in any case, as nobody else can serve it.
	 * @param returning the connection
	 */
	void haveAgain(Spares.Returning returning) {
		this.permits.enterAnyway();
		GotWork work = new GotWork(returning.metadata(), List.of(returning.connection()), System.nanoTime(),
				this.counters::ended, this.permits, returning.entry());
		this.counters.got(work);
		try {
			this.sink.accept(work);
			work.release();
		}
		catch (RuntimeException | Error ex) {
			work.fail();
			logger.error("Could not serve {} again", work, ex);
		}
	}

	private void endAccepting() {
		this.listeners.forEach(SharedListener::dismiss);
		this.listeners.clear();
	}

	/**
	 * Change how many works can be served at once.
	 * @param wanted how many, 0 for as many as configured
	 * @see Permits#resize
	 */
	void resize(int wanted) {
		this.permits.resize(wanted);
		wake();
	}

	/**
	 * Serve as many works at once as configured, as the daemon has gone and what is
	 * queued must be served.
	 */
	void resizeWithoutDaemon() {
		this.permits.giveAll();
		resize(0);
	}

	/**
	 * Return how many works can be served at once.
	 */
	int concurrency() {
		return this.permits.total();
	}

	/**
	 * Return how many works are being served: of those in hand that are not idle. While
	 * what gets is held up by its own works, no permit is of use to anybody.
	 */
	int serving() {
		List<GetTask> tasks = this.all.stream().filter((task) -> !task.isOver()).toList();
		boolean blocked = !tasks.isEmpty() && tasks.stream().allMatch(GetTask::isBlocked);
		return (blocked) ? Math.max(this.permits.used(), this.permits.total()) : this.permits.used();
	}

	/**
	 * Return whether no work can be got, until one that is in hand is idle or ends: for
	 * want of a permit, a place or descriptors; or as others serve in the place of this
	 * worker.
	 */
	boolean isAtLimit() {
		return this.gate.isHeld() || !this.permits.isOpen() || this.reserve.isExhausted();
	}

	/**
	 * Return whether works wait that cannot be got only because this is at its limit, or
	 * others are to have all works.
	 */
	boolean isRoomWanted() {
		return this.gate.isHeld() || isAtLimit() && this.gate.isOpen() && isAwaited();
	}

	private boolean isAwaited() {
		return this.all.stream().anyMatch((task) -> !task.isOver() && task.gets().isAwaited());
	}

	/**
	 * Accept no more, and get no more from the queue of the daemon that is there now,
	 * which other workers get from. What a daemon that has gone left is got until the end
	 * of the wait.
	 */
	synchronized void stop() {
		this.stopped = true;
		endAccepting();
		this.current.forEach((task) -> task.gets().stop());
		wake();
	}

	/**
	 * Get what is left in the queues, as no daemon is there, and then no more.
	 */
	synchronized void stopWhenEmpty() {
		this.stopped = true;
		endAccepting();
		endCurrentWhenEmpty();
	}

	/**
	 * Get no more from any queue.
	 */
	synchronized void stopAll() {
		this.stopped = true;
		endAccepting();
		this.all.forEach((task) -> task.gets().stop());
		wake();
	}

	/**
	 * Wait until those are over that were told to get no more.
	 * @param deadlineNanos until when to wait
	 */
	void awaitStopping(long deadlineNanos) throws InterruptedException {
		for (GetTask task : this.all) {
			if (task.gets().isStopping() || this.accepting.contains(task)) {
				task.join(deadlineNanos);
			}
		}
	}

	/**
	 * Wait until nothing is got any more.
	 * @param deadlineNanos until when to wait; nothing is got after that
	 */
	void awaitStopped(long deadlineNanos) throws InterruptedException {
		join(deadlineNanos - KernelQueue.GET_TIMEOUT.multipliedBy(2).toNanos());
		stopAll();
		join(deadlineNanos);
	}

	private void join(long deadlineNanos) throws InterruptedException {
		for (GetTask task : this.all) {
			task.join(deadlineNanos);
		}
	}

	/**
	 * Makes a source for each who gets.
	 */
	@FunctionalInterface
	private interface SourceFactory {

		WorkSource create() throws IOException;

	}

}
