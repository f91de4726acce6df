package io.fdwork.worker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.queue.Getter;
import io.fdwork.queue.KernelQueue;
import io.fdwork.queue.QueueReader;

/**
 * The threads that get from the queues of one name: those of the daemon that is there now,
 * and before them those of earlier daemons until their queues are empty. All share the
 * permits.
 */
final class QueueService {

	private final String queue;

	private final int getters;

	private final Permits permits;

	private final Gate gate = new Gate();

	private final DescriptorReserve reserve;

	private final Consumer<Work> sink;

	private final WorkerCounters counters;

	// Those that get from the queue of the daemon that is there now
	private final List<GetLoop> loops = new ArrayList<>();

	private final Map<GetLoop, Thread> threads = new LinkedHashMap<>();

	private final AtomicInteger threadCount = new AtomicInteger();

	private Turn turn = Turn.first();

	private long instance;

	private boolean stopped;

	QueueService(String queue, int concurrency, int getters, DescriptorReserve reserve, Consumer<Work> sink,
			WorkerCounters counters) {
		this.queue = queue;
		this.getters = getters;
		this.permits = new Permits(concurrency);
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
		if (this.stopped || (!this.loops.isEmpty() && this.instance == reader.instance())) {
			return;
		}
		Turn turn = (this.loops.isEmpty()) ? this.turn : this.turn.next();
		List<GetLoop> loops = newLoops(reader, turn);
		this.turn = turn;
		this.loops.forEach(GetLoop::endWhenEmpty);
		this.loops.clear();
		this.loops.addAll(loops);
		this.instance = reader.instance();
		this.threads.values().removeIf((thread) -> !thread.isAlive());
		for (GetLoop loop : loops) {
			Thread thread = new Thread(loop, "fdwork-get-" + this.queue + "-" + this.threadCount.incrementAndGet());
			thread.setDaemon(true);
			this.threads.put(loop, thread);
			thread.start();
		}
	}

	private List<GetLoop> newLoops(QueueReader reader, Turn turn) throws IOException {
		List<Getter> getters = new ArrayList<>();
		try {
			for (int i = 0; i < this.getters; i++) {
				getters.add(reader.newGetter());
			}
		}
		catch (IOException ex) {
			getters.forEach(Getter::close);
			throw ex;
		}
		return getters.stream()
			.map((getter) -> new GetLoop(getter, turn, this.permits, this.gate, this.reserve, this.sink,
					this.counters))
			.toList();
	}

	/**
	 * Get nothing until {@link #resume()}.
	 * @return whether no thread gets any more
	 */
	boolean quiesce() throws InterruptedException {
		return this.gate.close(KernelQueue.GET_TIMEOUT.multipliedBy(2));
	}

	void resume() {
		this.gate.open();
	}

	Permits permits() {
		return this.permits;
	}

	/**
	 * Get no more from the queue of the daemon that is there now, which other workers get
	 * from. What a daemon that has gone left is got until the end of the wait.
	 */
	synchronized void stop() {
		this.stopped = true;
		this.loops.forEach(GetLoop::stop);
		this.gate.open();
	}

	/**
	 * Get what is left in the queues, as no daemon is there, and then no more.
	 */
	synchronized void stopWhenEmpty() {
		this.stopped = true;
		this.loops.forEach(GetLoop::endWhenEmpty);
		this.gate.open();
	}

	/**
	 * Wait until no thread gets any more.
	 * @param deadlineNanos until when to wait; nothing is got after that
	 */
	synchronized void awaitStopped(long deadlineNanos) throws InterruptedException {
		join(deadlineNanos - KernelQueue.GET_TIMEOUT.multipliedBy(2).toNanos());
		this.threads.keySet().forEach(GetLoop::stop);
		join(deadlineNanos);
	}

	private void join(long deadlineNanos) throws InterruptedException {
		for (Thread thread : this.threads.values()) {
			long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
			if (left > 0) {
				thread.join(left);
			}
		}
	}

}
