package io.fdwork.internal.actuate;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fdwork.WorkOutcome;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;

/**
 * A worker, as the daemon sees it.
 *
 * @param pid its process
 * @param name what it calls itself
 * @param state where it is in its life
 * @param queues the queues that it serves
 * @param active how many works it has in hand
 * @param busy how many of them it serves: their clients are not idle
 * @param concurrency how many it can serve at once
 * @param got how many works it has got
 * @param since when it registered
 * @param generation the refresh that started it, 0 if the daemon did not start it
 * @param listeners how many listeners it keeps for a daemon that dies
 * @param waited how long the works that it got had waited in their queue
 * @param ended how many works ended, by outcome
 * @param requests the HTTP requests of its application, if they are measured
 * @param process what its process uses, if it tells
 * @param leader whether it is the leader
 * @param management the address of its management server, if it has one of its own
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record WorkerDescription(long pid, String name, WorkerState state, List<String> queues, int active, int busy,
		int concurrency, long got, Instant since, int generation, int listeners, boolean leader, WaitDescription waited,
		Map<WorkOutcome, Long> ended, @Nullable RequestsDescription requests, @Nullable ProcessDescription process,
		@Nullable String management) {

	static WorkerDescription of(DaemonSnapshot.WorkerSnapshot snapshot) {
		WorkerFigures figures = snapshot.figures();
		return new WorkerDescription(snapshot.pid(), snapshot.name(), snapshot.state(), snapshot.queues(),
				figures.load().active(), figures.load().serving(), figures.load().concurrency(), figures.works().got(),
				snapshot.since(), (snapshot.membership() != null) ? snapshot.membership().generation() : 0,
				snapshot.listeners(), snapshot.leader(), WaitDescription.of(figures.works().waited()),
				FdworkDescription.TotalsDescription.counts(figures.works().ended()),
				(figures.requests() != null) ? RequestsDescription.of(figures.requests()) : null,
				(figures.process() != null) ? ProcessDescription.of(figures.process()) : null, snapshot.management());
	}

	/**
	 * How long works had waited in their queue when they were got in the last seconds.
	 *
	 * @param p50Micros the median
	 * @param p95Micros the 95th percentile
	 * @param p99Micros the 99th percentile
	 * @param maxMicros the longest
	 */
	record WaitDescription(long p50Micros, long p95Micros, long p99Micros, long maxMicros) {

		static WaitDescription of(WorkerFigures.Wait wait) {
			return new WaitDescription(TimeUnit.NANOSECONDS.toMicros(wait.p50Nanos()),
					TimeUnit.NANOSECONDS.toMicros(wait.p95Nanos()), TimeUnit.NANOSECONDS.toMicros(wait.p99Nanos()),
					TimeUnit.NANOSECONDS.toMicros(wait.maxNanos()));
		}

	}

	/**
	 * The HTTP requests of an application.
	 *
	 * @param count how many were answered
	 * @param failed how many of them with a status of 500 or more
	 * @param totalMillis how long all took
	 */
	record RequestsDescription(long count, long failed, long totalMillis) {

		static RequestsDescription of(WorkerFigures.Requests requests) {
			return new RequestsDescription(requests.count(), requests.failed(),
					TimeUnit.NANOSECONDS.toMillis(requests.totalNanos()));
		}

	}

	/**
	 * What a process uses.
	 *
	 * @param heapUsed how many bytes of its heap are in use, garbage included
	 * @param heapMax how many bytes its heap may have
	 * @param collections how many garbage collections there were
	 * @param collectionMillis how long these held up the application
	 * @param processorMillis how much processor time it has used
	 * @param threads how many platform threads it has
	 * @param openFiles how many files it has open
	 * @param maxFiles how many it may have open
	 */
	record ProcessDescription(long heapUsed, long heapMax, long collections, long collectionMillis,
			long processorMillis, int threads, long openFiles, long maxFiles) {

		static ProcessDescription of(WorkerFigures.Process process) {
			return new ProcessDescription(process.heapUsed(), process.heapMax(), process.collections(),
					TimeUnit.NANOSECONDS.toMillis(process.collectionNanos()),
					TimeUnit.NANOSECONDS.toMillis(process.processorNanos()), process.threads(), process.openFiles(),
					process.maxFiles());
		}

	}

}
