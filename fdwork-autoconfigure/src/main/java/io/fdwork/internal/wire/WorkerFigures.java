package io.fdwork.internal.wire;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.fdwork.WorkOutcome;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a worker at one moment, counted since its start. The parts are members
 * of one object on the wire.
 *
 * @param state where it is in its life
 * @param load what it has in hand
 * @param works what has become of the works
 * @param descriptors the descriptors of its process
 * @param process what its process uses, {@code null} from a worker that does not tell
 * @param requests the HTTP requests of its application, {@code null} if these are not
 * measured
 * @param down what is down of its application, for people, when it looked last because
 * the daemon wanted to know; {@code null} if nothing is, or nobody has looked
 * @param spares what it keeps of connections that are at home; {@code null} from a worker
 * of an earlier version
 */
public record WorkerFigures(WorkerState state, @JsonUnwrapped Load load, @JsonUnwrapped Works works,
		@JsonUnwrapped Descriptors descriptors, @Nullable Process process, @Nullable Requests requests,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String down,
		@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Spares spares) {

	private static final Set<WorkerState> FIRST_STATES = EnumSet.of(WorkerState.CONNECTING, WorkerState.READY,
			WorkerState.QUIESCED, WorkerState.REFUSING, WorkerState.DISCONNECTED, WorkerState.DRAINING,
			WorkerState.STOPPED);

	/**
	 * Create the figures of a worker of an earlier version.
	 */
	public WorkerFigures(WorkerState state, Load load, Works works, Descriptors descriptors, @Nullable Process process,
			@Nullable Requests requests) {
		this(state, load, works, descriptors, process, requests, null, null);
	}

	/**
	 * Return the same figures in the words of the first version. A daemon of that ends
	 * the connection at a state or a cause that it does not know.
	 * @return the figures, with what is newer under what it is nearest to: a state in
	 * which nothing is got, a field that makes no sense, and works that nobody has served
	 */
	public WorkerFigures inWordsOfFirstVersion() {
		return new WorkerFigures((FIRST_STATES.contains(this.state)) ? this.state : WorkerState.QUIESCED,
				this.load.inWordsOfFirstVersion(), this.works.inWordsOfFirstVersion(), this.descriptors,
				(this.process != null) ? this.process.inWordsOfFirstVersion() : null,
				(this.requests != null) ? this.requests.inWordsOfFirstVersion() : null);
	}

	/**
	 * Return whether all is there that a worker of any version tells.
	 * @return {@code false} if the worker has left something out
	 */
	public boolean hasAll() {
		return this.state != null && this.works.hasAll();
	}

	/**
	 * What a worker has in hand, and can have.
	 *
	 * @param active how many works it has in hand, the idle ones included
	 * @param concurrency how many it can serve at once
	 * @param busy how many works it serves, without the idle ones; {@code null} from a
	 * worker of an earlier version, which serves all that are in hand
	 * @param longestServiceNanos how long that work has been served without a break that
	 * has been so for longest, in nanoseconds; 0 if none is served, {@code null} from a
	 * worker of an earlier version
	 */
	public record Load(int active, int concurrency, @Nullable Integer busy,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long longestServiceNanos) {

		/**
		 * Create the load of a worker of an earlier version.
		 */
		public Load(int active, int concurrency, @Nullable Integer busy) {
			this(active, concurrency, busy, null);
		}

		Load inWordsOfFirstVersion() {
			return new Load(this.active, this.concurrency, this.busy);
		}

		/**
		 * Return how many works it serves.
		 * @return the number: permits in use
		 */
		public int serving() {
			return (this.busy != null) ? this.busy : this.active;
		}

	}

	/**
	 * What has become of the works of a worker.
	 *
	 * @param got how many works it has got
	 * @param ended how many works ended and how long they were in hand, by outcome
	 * @param waited how long the works that it got had waited in their queue
	 * @param rejected how many frames it rejected, by cause
	 * @param queues the same as {@code ended}, by queue; {@code null} from a worker of an
	 * earlier version
	 * @param accepted how many of the works that it has got it has accepted itself;
	 * {@code null} from a worker of an earlier version, which never does
	 * @param desisted how many connections it has not served that it got, as another one
	 * had claimed them; {@code null} from a worker of an earlier version
	 * @param serviceTimes how often works were served without a break, by how long that
	 * was: by the {@linkplain ServiceTimes#bucket(long) bucket} of the time, without
	 * those at the end that are empty; {@code null} from a worker of an earlier version
	 */
	public record Works(long got, Map<WorkOutcome, Duration> ended, Wait waited, Map<FrameDefect, Long> rejected,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<String, Map<WorkOutcome, Duration>> queues,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long accepted,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long desisted,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Long> serviceTimes) {

		private static final Set<FrameDefect> LATER_DEFECTS = EnumSet.of(FrameDefect.MANDATORY_FIELD);

		/**
		 * Create the works of a worker of an earlier version.
		 */
		public Works(long got, Map<WorkOutcome, Duration> ended, Wait waited, Map<FrameDefect, Long> rejected) {
			this(got, ended, waited, rejected, null, null, null, null);
		}

		Works inWordsOfFirstVersion() {
			Map<FrameDefect, Long> known = new EnumMap<>(FrameDefect.class);
			this.rejected.forEach((defect, count) -> known
				.merge((LATER_DEFECTS.contains(defect)) ? FrameDefect.FIELD : defect, count, Long::sum));
			Map<WorkOutcome, Duration> ended = new EnumMap<>(WorkOutcome.class);
			this.ended.forEach((outcome, works) -> ended
				.merge((outcome == WorkOutcome.DEPARTED) ? WorkOutcome.DROPPED : outcome, works, Duration::plus));
			return new Works(this.got, ended, this.waited, known);
		}

		boolean hasAll() {
			return this.ended != null && this.waited != null && this.rejected != null
					&& this.ended.values().stream().noneMatch(Objects::isNull)
					&& this.rejected.values().stream().noneMatch(Objects::isNull);
		}

		/**
		 * Return how many works it has accepted itself.
		 * @return the number
		 */
		public long acceptedItself() {
			return (this.accepted != null) ? this.accepted : 0;
		}

	}

	/**
	 * The descriptors of the process of a worker, as far as they are fdwork's.
	 *
	 * @param open how many it owns
	 * @param leaked how many were forgotten and closed by the cleaner
	 * @param paused whether the worker gets nothing for want of descriptors
	 * @param pauses how often that was so
	 */
	public record Descriptors(@JsonProperty("openDescriptors") long open,
			@JsonProperty("leakedDescriptors") long leaked, boolean paused, long pauses) {
	}

	/**
	 * A number of durations.
	 *
	 * @param count how many
	 * @param totalNanos their sum in nanoseconds
	 */
	public record Duration(long count, long totalNanos) {

		/**
		 * Return the sum of both.
		 * @param other the other
		 * @return so many, and so long
		 */
		public Duration plus(Duration other) {
			return new Duration(this.count + other.count, this.totalNanos + other.totalNanos);
		}

	}

	/**
	 * What a worker keeps of connections that it has sent home.
	 *
	 * @param kept of how many it keeps a descriptor
	 * @param takenBack how many it has served on, as the daemon was gone
	 * @param skipped how many were at home without one: there was no room for it, or the
	 * worker has ended; {@code null} from a worker of an earlier version
	 */
	public record Spares(int kept, long takenBack, @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long skipped) {
	}

	/**
	 * A number of waits.
	 *
	 * @param count how many since the start
	 * @param totalNanos their sum in nanoseconds
	 * @param p50Nanos the median of the last seconds, in nanoseconds
	 * @param p95Nanos the 95th percentile of the last seconds, in nanoseconds
	 * @param p99Nanos the 99th percentile of the last seconds, in nanoseconds
	 * @param maxNanos the longest of the last seconds, in nanoseconds
	 */
	public record Wait(long count, long totalNanos, long p50Nanos, long p95Nanos, long p99Nanos, long maxNanos) {
	}

	/**
	 * What a process uses.
	 *
	 * @param heapUsed how many bytes of its heap are in use, garbage included
	 * @param heapMax how many bytes its heap may have
	 * @param collections how many garbage collections there were
	 * @param collectionNanos how long these held up the application, in nanoseconds
	 * @param processorNanos how much processor time it has used, in nanoseconds
	 * @param threads how many platform threads it has
	 * @param openFiles how many files it has open
	 * @param maxFiles how many it may have open
	 * @param heapAfterCollection how many bytes of its heap were in use after the last
	 * collection; {@code null} if there was none yet, and from a worker of an earlier
	 * version
	 */
	public record Process(long heapUsed, long heapMax, long collections, long collectionNanos, long processorNanos,
			int threads, long openFiles, long maxFiles,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long heapAfterCollection) {

		/**
		 * Create what is used of a process whose heap was not collected yet.
		 */
		public Process(long heapUsed, long heapMax, long collections, long collectionNanos, long processorNanos,
				int threads, long openFiles, long maxFiles) {
			this(heapUsed, heapMax, collections, collectionNanos, processorNanos, threads, openFiles, maxFiles, null);
		}

		Process inWordsOfFirstVersion() {
			return new Process(this.heapUsed, this.heapMax, this.collections, this.collectionNanos, this.processorNanos,
					this.threads, this.openFiles, this.maxFiles);
		}

	}

	/**
	 * A number of HTTP requests.
	 *
	 * @param count how many were answered
	 * @param totalNanos how long that took, in nanoseconds
	 * @param failed how many of them with a status of 500 or more
	 * @param statuses how many and how long by class of their status; {@code null} from a
	 * worker of an earlier version
	 */
	public record Requests(long count, long totalNanos, long failed,
			@JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Map<StatusClass, Duration> statuses) {

		/**
		 * Create the requests of a worker that tells nothing by status.
		 */
		public Requests(long count, long totalNanos, long failed) {
			this(count, totalNanos, failed, null);
		}

		Requests inWordsOfFirstVersion() {
			return new Requests(this.count, this.totalNanos, this.failed);
		}

	}

}
