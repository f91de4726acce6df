package io.fdwork.internal.daemon;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import io.fdwork.internal.count.Counts;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Feature;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Asks the workers for the meters of their applications, all at once, and waits for the
 * answers. One that does not answer is not asked again before it has: it costs the first
 * scrape its time, and the next ones nothing. Safe for all threads.
 */
final class Scrapes {

	private static final Logger logger = LoggerFactory.getLogger(Scrapes.class);

	private final Supplier<? extends Collection<WorkerSession>> workers;

	private final Semaphore turn = new Semaphore(1);

	private final AtomicLong lastId = new AtomicLong();

	// By the worker that has not answered yet
	private final Map<WorkerSession, AwaitedExposition> awaited = new ConcurrentHashMap<>();

	private final Counts<MissingExposition> missing = new Counts<>(MissingExposition.class);

	private final Failures failures = new Failures();

	Scrapes(Supplier<? extends Collection<WorkerSession>> workers) {
		this.workers = workers;
	}

	/**
	 * Return how often the meters of a worker were missing, by cause.
	 */
	Map<MissingExposition, Long> missing() {
		return this.missing.toMap();
	}

	/**
	 * Ask all workers that can answer.
	 * @return what they have answered
	 */
	List<WorkerExposition> collect(ScrapeRequest request) {
		long deadline = System.nanoTime() + request.timeout().toNanos();
		List<WorkerSession> asked = this.workers.get()
			.stream()
			.filter((worker) -> worker.understands(Feature.SCRAPE))
			.toList();
		try {
			if (!this.turn.tryAcquire(request.timeout().toNanos(), TimeUnit.NANOSECONDS)) {
				asked.forEach((worker) -> miss(MissingExposition.OTHER_SCRAPE, worker.snapshot(),
						"the daemon was busy with another scrape for " + request.timeout()
								+ ". Scrape it less often, or from fewer places"));
				return List.of();
			}
			try {
				return collect(request, asked, deadline);
			}
			finally {
				this.turn.release();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return List.of();
		}
	}

	private List<WorkerExposition> collect(ScrapeRequest request, List<WorkerSession> asked, long deadline)
			throws InterruptedException {
		int limit = (int) Math.min(Integer.MAX_VALUE / 2, request.maxBytes() / Math.max(1, asked.size()));
		List<AwaitedExposition> answers = new ArrayList<>();
		for (WorkerSession worker : asked) {
			AwaitedExposition answer = ask(worker, request, limit);
			if (answer != null) {
				answers.add(answer);
			}
		}
		List<WorkerExposition> expositions = new ArrayList<>();
		for (AwaitedExposition answer : answers) {
			DaemonSnapshot.WorkerSnapshot worker = answer.worker();
			switch (answer.await(deadline)) {
				case WHOLE ->
					expositions.add(new WorkerExposition(worker.name(), worker.pid(), worker.id(), answer.text()));
				case NONE -> logger.trace("Worker {} has no meters for Prometheus, or has left", worker.name());
				case TOO_LARGE -> miss(MissingExposition.TOO_LARGE, worker,
						"they have " + answer.length() + " bytes, and " + limit + " are taken of each of "
								+ asked.size() + " workers. Raise fdwork.daemon.scrape.max-size, and the heap of "
								+ "the daemon with it, or have fewer meters");
				case NOT_WRITTEN -> miss(MissingExposition.NOT_WRITTEN, worker,
						"it could not write them, or is still writing those for an earlier scrape");
				case LATE ->
					miss(MissingExposition.UNANSWERED, worker, "it did not send them within " + request.timeout());
			}
		}
		if (expositions.size() == asked.size()) {
			this.failures.over();
		}
		return expositions;
	}

	private @Nullable AwaitedExposition ask(WorkerSession session, ScrapeRequest request, int limit) {
		DaemonSnapshot.WorkerSnapshot worker = session.snapshot();
		AwaitedExposition answer = new AwaitedExposition(this.lastId.incrementAndGet(), worker, request, limit);
		if (worker.state() == WorkerState.UNRESPONSIVE || this.awaited.putIfAbsent(session, answer) != null) {
			miss(MissingExposition.UNANSWERED, worker, "it does not report, or has not answered an earlier scrape yet");
			return null;
		}
		session.tell(Feature.SCRAPE, answer.next());
		if (!this.workers.get().contains(session)) {
			left(session);
		}
		return answer;
	}

	private void miss(MissingExposition cause, DaemonSnapshot.WorkerSnapshot worker, String reason) {
		this.missing.increment(cause);
		logger.atLevel((this.failures.isFirst(cause)) ? Level.WARN : Level.DEBUG)
			.log("The meters of the application of worker {} are missing in a scrape: {}. Logged once; see the meter "
					+ "fdwork.scrape.missing", worker.name(), reason);
	}

	/**
	 * Take a piece that a worker has sent, and ask it for the next one, if there is.
	 */
	void received(WorkerSession worker, ControlMessage.Exposition exposition) throws ControlProtocolException {
		AwaitedExposition answer = this.awaited.get(worker);
		if (answer == null || answer.id() != exposition.id()) {
			throw new ControlProtocolException("sent an exposition that it was not asked for");
		}
		if (answer.add(exposition)) {
			worker.tell(Feature.SCRAPE, answer.next());
		}
		else {
			this.awaited.remove(worker);
		}
	}

	/**
	 * Wait no more for a worker that has left.
	 */
	void left(WorkerSession worker) {
		AwaitedExposition answer = this.awaited.remove(worker);
		if (answer != null) {
			answer.leave();
		}
	}

}
