package io.fdwork.internal.daemon;

import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.fdwork.WorkOutcome;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.QueueSnapshot;
import io.fdwork.internal.recovery.RecoverySnapshot;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.StatusClass;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerInfo;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;

/**
 * The state of a daemon at one moment.
 *
 * @param state where it is in its life
 * @param pid its process
 * @param listeners its listeners, in the order of the configuration
 * @param queues its queues, in the order of the configuration
 * @param idle the idle connections of each queue, in the order of the queues
 * @param workers the workers that are connected, oldest first
 * @param refused the processes that wanted to register and may not, the latest last
 * @param rejectedPeers how many control connections were refused, by cause
 * @param droppedRequests how many requests were dropped on their way to a queue
 * @param openDescriptors how many descriptors fdwork owns in this process
 * @param leakedDescriptors how many were forgotten and closed by the cleaner
 * @param totals what all workers together have done that it has had
 * @param recovery what it holds of the connections in service
 * @param missingExpositions how often the meters of a worker were missing in a scrape, by
 * cause
 */
public record DaemonSnapshot(DaemonState state, long pid, List<ListenerSnapshot> listeners, List<QueueSnapshot> queues,
		List<IdleSnapshot> idle, List<WorkerSnapshot> workers, List<RefusedWorker> refused,
		Map<PeerRejection, Long> rejectedPeers, long droppedRequests, long openDescriptors, long leakedDescriptors,
		TotalsSnapshot totals, RecoverySnapshot recovery, Map<MissingExposition, Long> missingExpositions) {

	/**
	 * Return how many workers get works.
	 * @return the number of workers that are ready
	 */
	public long readyWorkers() {
		return this.workers.stream().filter((worker) -> worker.state() == WorkerState.READY).count();
	}

	/**
	 * A listener.
	 *
	 * @param address where it listens
	 * @param queue the queue that its connections go to
	 * @param state whether it accepts
	 * @param waitsFor the queue that has no room, {@code null} unless it is paused
	 * @param accepted how many connections it has accepted
	 * @param failed how often accepting failed
	 * @param silent how many connections wait for their clients to send something
	 * @param closedSilent how many were closed because these did not
	 * @param refused how many were refused for want of a proper header of the PROXY
	 * protocol, by cause; empty where none is wanted
	 * @param givenBackBy the process of the worker that had kept it for this daemon,
	 * {@code null} if the daemon has bound it itself
	 * @param byWorkers whether workers accept, and not the daemon
	 * @param standIn whether workers accept while there is no daemon
	 * @param waiting how many clients wait to be accepted by workers, 0 where the daemon
	 * accepts
	 */
	public record ListenerSnapshot(String address, String queue, ListenerState state, @Nullable String waitsFor,
			long accepted, long failed, long silent, long closedSilent, Map<ProxyRefusal, Long> refused,
			@Nullable Long givenBackBy, boolean byWorkers, boolean standIn, int waiting) {
	}

	/**
	 * The idle connections of a queue.
	 *
	 * @param queue the name of the queue
	 * @param held how many the daemon holds
	 * @param returned how many workers gave back
	 * @param resumed how many went to the queue again because their clients sent
	 * something
	 * @param left how many clients left
	 * @param timedOut how many were closed because their clients sent nothing in time
	 * @param evicted how many were closed because there were too many
	 */
	public record IdleSnapshot(String queue, long held, long returned, long resumed, long left, long timedOut,
			long evicted) {
	}

	/**
	 * A worker.
	 *
	 * @param id tells it from every other that was connected to this daemon
	 * @param process its process, as the kernel says; {@code null} for one that this
	 * process does not see
	 * @param pid the pid of its process, 0 for one that this process does not see
	 * @param name what it calls itself
	 * @param state where it is in its life
	 * @param queues the queues that it serves
	 * @param since when it registered
	 * @param figures what it reported last
	 * @param membership which fleet started it, {@code null} for a worker of no fleet
	 * @param listeners how many listeners it keeps for a daemon that dies
	 * @param management the address of its management server, {@code null} if it has none
	 * of its own
	 * @param leader whether it is the leader
	 */
	public record WorkerSnapshot(long id, @Nullable ProcessIdentity process, long pid, String name, WorkerState state,
			List<String> queues, Instant since, WorkerFigures figures, @Nullable Membership membership, int listeners,
			@Nullable String management, boolean leader) {

		/**
		 * Return whether the worker gets works, or will when it is told to.
		 * @return {@code true} if it is ready or quiesced
		 */
		public boolean isServing() {
			return this.state.isServing();
		}

		/**
		 * Return what users are told of the worker.
		 * @return what there is to know
		 */
		public WorkerInfo info() {
			return new WorkerInfo(this.id, this.pid, this.name, this.state, this.queues, this.since,
					(this.membership != null) ? this.membership.generation() : 0, this.figures.load().active(),
					this.figures.load().concurrency(), this.figures.works().got(), this.management, this.leader);
		}

	}

	/**
	 * What all workers together have done since the start of the daemon, those included
	 * that have left. None of it ever falls.
	 *
	 * @param queues the works of each queue, in the order of the queues
	 * @param requests the HTTP requests that the applications have measured, by status
	 * @param rejected how many frames were rejected, by cause
	 * @param leakedDescriptors how many descriptors were forgotten and closed by the
	 * cleaner
	 * @param skippedSpares how many connections were at home of which no worker kept a
	 * spare
	 */
	public record TotalsSnapshot(List<QueueTotals> queues, Map<StatusClass, WorkerFigures.Duration> requests,
			Map<FrameDefect, Long> rejected, long leakedDescriptors, long skippedSpares) {

		/**
		 * Those of a daemon that has not started.
		 */
		public static final TotalsSnapshot NONE = new TotalsSnapshot(List.of(), Map.of(), Map.of(), 0, 0);

	}

	/**
	 * The works of a queue.
	 *
	 * @param queue the name of the queue
	 * @param ended how many ended and how long they were in hand, by outcome
	 */
	public record QueueTotals(String queue, Map<WorkOutcome, WorkerFigures.Duration> ended) {
	}

	/**
	 * A worker that may not register, whatever it tries: it asks for a queue that there
	 * is not, or speaks another version of the protocol.
	 *
	 * @param process its process, as the kernel says
	 * @param membership which fleet started it, {@code null} for a worker of no fleet and
	 * where that is not known
	 */
	public record RefusedWorker(ProcessIdentity process, @Nullable Membership membership) {
	}

}
