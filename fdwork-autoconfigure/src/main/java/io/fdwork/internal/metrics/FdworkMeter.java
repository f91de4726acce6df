package io.fdwork.internal.metrics;

import java.util.List;

/**
 * Every meter of fdwork: its name, kind, tags and meaning. The reference documentation
 * lists the same.
 */
public enum FdworkMeter {

	/**
	 * Connections accepted by a listener.
	 */
	LISTENER_ACCEPTED("fdwork.listener.accepted", Kind.COUNTER, "listener", "queue"),

	/**
	 * Failed attempts to accept, for instance for want of descriptors.
	 */
	LISTENER_FAILED("fdwork.listener.failed", Kind.COUNTER, "listener", "queue"),

	/**
	 * Whether a listener is paused because a queue has no room, its own or the one that
	 * its connection is put on: 1 if so, 0 if not.
	 */
	LISTENER_PAUSED("fdwork.listener.paused", Kind.GAUGE, "listener", "queue"),

	/**
	 * Connections of a listener whose clients have sent nothing yet, where that is waited
	 * for.
	 */
	LISTENER_SILENT("fdwork.listener.silent", Kind.GAUGE, "listener", "queue"),

	/**
	 * Connections of a listener that were closed because their clients sent nothing.
	 */
	LISTENER_SILENT_CLOSED("fdwork.listener.silent.closed", Kind.COUNTER, "listener", "queue"),

	/**
	 * Connections of a listener that wait to be accepted by workers, where these do that.
	 */
	LISTENER_WAITING("fdwork.listener.waiting", Kind.GAUGE, "listener", "queue"),

	/**
	 * Connections of a listener that were refused because they did not begin with a
	 * proper header of the PROXY protocol, by cause.
	 */
	LISTENER_REFUSED("fdwork.listener.refused", Kind.COUNTER, "listener", "queue", "cause"),

	/**
	 * Requests put on a queue.
	 */
	QUEUE_PUT("fdwork.queue.put", Kind.COUNTER, "queue"),

	/**
	 * Requests got from a queue.
	 */
	QUEUE_GOT("fdwork.queue.got", Kind.COUNTER, "queue"),

	/**
	 * Requests in a queue, as the kernel counts them.
	 */
	QUEUE_DEPTH("fdwork.queue.depth", Kind.GAUGE, "queue"),

	/**
	 * Requests of standard size that a queue takes.
	 */
	QUEUE_CAPACITY("fdwork.queue.capacity", Kind.GAUGE, "queue"),

	/**
	 * Puts, and listeners before they accepted, that found a queue full and waited.
	 */
	QUEUE_WAITS("fdwork.queue.waits", Kind.COUNTER, "queue"),

	/**
	 * Idle connections of a queue that the daemon holds.
	 */
	IDLE_HELD("fdwork.idle.held", Kind.GAUGE, "queue"),

	/**
	 * Idle connections that workers gave back.
	 */
	IDLE_RETURNED("fdwork.idle.returned", Kind.COUNTER, "queue"),

	/**
	 * Idle connections that the daemon holds no more, by what became of them.
	 */
	IDLE_ENDED("fdwork.idle.ended", Kind.COUNTER, "queue", "end"),

	/**
	 * Connections in service that the daemon holds, too.
	 */
	RECOVERY_HELD("fdwork.recovery.held", Kind.GAUGE),

	/**
	 * How many of these it can hold.
	 */
	RECOVERY_CAPACITY("fdwork.recovery.capacity", Kind.GAUGE),

	/**
	 * Connections that were put without being held: they end with their worker.
	 */
	RECOVERY_SKIPPED("fdwork.recovery.skipped", Kind.COUNTER),

	/**
	 * Connections that had no worker any more, by what became of them.
	 */
	RECOVERY_CONNECTIONS("fdwork.recovery.connections", Kind.COUNTER, "fate"),

	/**
	 * Connections that are held no more, as a worker has written what it likes into the
	 * table.
	 */
	RECOVERY_DAMAGED("fdwork.recovery.damaged", Kind.COUNTER),

	/**
	 * Requests dropped between a listener and a queue.
	 */
	REQUESTS_DROPPED("fdwork.requests.dropped", Kind.COUNTER),

	/**
	 * Lines of the standard output and error that were dropped, as nobody read them.
	 */
	OUTPUT_DROPPED("fdwork.output.dropped", Kind.COUNTER),

	/**
	 * Workers connected to the daemon, by state.
	 */
	WORKERS("fdwork.workers", Kind.GAUGE, "state"),

	/**
	 * How long works were in hand, of all workers that the daemon has had, by queue and
	 * outcome.
	 */
	WORKERS_SERVICE("fdwork.workers.service", Kind.TIMER, "queue", "outcome"),

	/**
	 * HTTP requests that the applications of all these workers have answered, by status,
	 * where they measure them.
	 */
	WORKERS_REQUESTS("fdwork.workers.requests", Kind.TIMER, "status"),

	/**
	 * Frames that all these workers rejected, by cause.
	 */
	WORKERS_FRAMES_REJECTED("fdwork.workers.frames.rejected", Kind.COUNTER, "cause"),

	/**
	 * Descriptors that their owners forgot, of all these workers.
	 */
	WORKERS_DESCRIPTORS_LEAKED("fdwork.workers.descriptors.leaked", Kind.COUNTER),

	/**
	 * Connections that went home, or stayed there when their worker ended, without a
	 * worker that keeps a descriptor of them.
	 */
	WORKERS_SPARES_SKIPPED("fdwork.workers.spares.skipped", Kind.COUNTER),

	/**
	 * Workers that the fleet wants.
	 */
	FLEET_TARGET("fdwork.fleet.target", Kind.GAUGE),

	/**
	 * Workers of the fleet that are not ready yet.
	 */
	FLEET_STARTING("fdwork.fleet.starting", Kind.GAUGE),

	/**
	 * The refresh whose workers the fleet wants.
	 */
	FLEET_GENERATION("fdwork.fleet.generation", Kind.GAUGE),

	/**
	 * Workers of the fleet that have ended, by reason.
	 */
	FLEET_EXITS("fdwork.fleet.exits", Kind.COUNTER, "reason"),

	/**
	 * Refreshes of the fleet that are over, by outcome.
	 */
	FLEET_REFRESHES("fdwork.fleet.refreshes", Kind.COUNTER, "outcome"),

	/**
	 * Control connections that the daemon refused or ended, by cause.
	 */
	CONTROL_REJECTED("fdwork.control.rejected", Kind.COUNTER, "cause"),

	/**
	 * How often the meters of the application of a worker were missing in a scrape, by
	 * cause.
	 */
	SCRAPE_MISSING("fdwork.scrape.missing", Kind.COUNTER, "cause"),

	/**
	 * Works got by a worker.
	 */
	WORKER_GOT("fdwork.worker.got", Kind.COUNTER, "worker", "pid"),

	/**
	 * Works got by a worker that it has accepted itself.
	 */
	WORKER_ACCEPTED("fdwork.worker.accepted", Kind.COUNTER, "worker", "pid"),

	/**
	 * Works that a worker has in hand, those included whose client is idle.
	 */
	WORKER_ACTIVE("fdwork.worker.active", Kind.GAUGE, "worker", "pid"),

	/**
	 * Works that a worker serves: permits in use.
	 */
	WORKER_BUSY("fdwork.worker.busy", Kind.GAUGE, "worker", "pid"),

	/**
	 * Works that a worker can serve at once, of all its queues together.
	 */
	WORKER_CONCURRENCY("fdwork.worker.concurrency", Kind.GAUGE, "worker", "pid"),

	/**
	 * Whether a worker gets nothing for want of descriptors: 1 if so, 0 if not.
	 */
	WORKER_PAUSED("fdwork.worker.paused", Kind.GAUGE, "worker", "pid"),

	/**
	 * How often a worker got nothing for want of descriptors.
	 */
	WORKER_PAUSES("fdwork.worker.pauses", Kind.COUNTER, "worker", "pid"),

	/**
	 * How long works waited in their queue before the worker got them.
	 */
	WORKER_WAIT("fdwork.worker.wait", Kind.TIMER, "worker", "pid"),

	/**
	 * Percentiles of that wait over the last ten reports, in seconds.
	 */
	WORKER_WAIT_PERCENTILE("fdwork.worker.wait.percentile", Kind.GAUGE, "worker", "pid", "phi"),

	/**
	 * How long works were in hand, by outcome.
	 */
	WORKER_SERVICE("fdwork.worker.service", Kind.TIMER, "worker", "pid", "outcome"),

	/**
	 * HTTP requests that the application of a worker has answered, where it measures
	 * them.
	 */
	WORKER_REQUESTS("fdwork.worker.requests", Kind.TIMER, "worker", "pid"),

	/**
	 * Those of them with a status of 500 or more.
	 */
	WORKER_REQUESTS_FAILED("fdwork.worker.requests.failed", Kind.COUNTER, "worker", "pid"),

	/**
	 * Bytes of the heap of a worker in use, garbage included.
	 */
	WORKER_HEAP_USED("fdwork.worker.heap.used", Kind.GAUGE, "worker", "pid"),

	/**
	 * Bytes that the heap of a worker may have.
	 */
	WORKER_HEAP_MAX("fdwork.worker.heap.max", Kind.GAUGE, "worker", "pid"),

	/**
	 * How long garbage collections held up a worker.
	 */
	WORKER_COLLECTION("fdwork.worker.collection", Kind.TIMER, "worker", "pid"),

	/**
	 * Processor time that a worker has used, in seconds.
	 */
	WORKER_PROCESSOR("fdwork.worker.processor", Kind.COUNTER, "worker", "pid"),

	/**
	 * Platform threads of a worker.
	 */
	WORKER_THREADS("fdwork.worker.threads", Kind.GAUGE, "worker", "pid"),

	/**
	 * Files that a worker has open.
	 */
	WORKER_FILES_OPEN("fdwork.worker.files.open", Kind.GAUGE, "worker", "pid"),

	/**
	 * Files that a worker may have open.
	 */
	WORKER_FILES_MAX("fdwork.worker.files.max", Kind.GAUGE, "worker", "pid"),

	/**
	 * Frames that a worker rejected, by cause.
	 */
	FRAMES_REJECTED("fdwork.frames.rejected", Kind.COUNTER, "worker", "pid", "cause"),

	/**
	 * Connections at home of which a worker keeps a descriptor.
	 */
	WORKER_SPARES("fdwork.worker.spares", Kind.GAUGE, "worker", "pid"),

	/**
	 * Connections that were at home with a daemon which is gone, and that a worker serves
	 * on.
	 */
	WORKER_SPARES_TAKEN_BACK("fdwork.worker.spares.taken.back", Kind.COUNTER, "worker", "pid"),

	/**
	 * Connections that a worker got and did not serve, as another one had claimed them.
	 */
	WORKER_DESISTED("fdwork.worker.desisted", Kind.COUNTER, "worker", "pid"),

	/**
	 * Descriptors that fdwork owns in a process.
	 */
	DESCRIPTORS_OPEN("fdwork.descriptors.open", Kind.GAUGE, "process", "pid"),

	/**
	 * Descriptors that their owner forgot, closed by the cleaner.
	 */
	DESCRIPTORS_LEAKED("fdwork.descriptors.leaked", Kind.COUNTER, "process", "pid");

	private final String meterName;

	private final Kind kind;

	private final List<String> tagNames;

	FdworkMeter(String meterName, Kind kind, String... tagNames) {
		this.meterName = meterName;
		this.kind = kind;
		this.tagNames = List.of(tagNames);
	}

	/**
	 * Return the name in Micrometer's notation.
	 * @return the name
	 */
	public String meterName() {
		return this.meterName;
	}

	/**
	 * Return the kind.
	 * @return the kind
	 */
	public Kind kind() {
		return this.kind;
	}

	/**
	 * Return the names of the tags.
	 * @return the names, in the order of the values
	 */
	public List<String> tagNames() {
		return this.tagNames;
	}

	/**
	 * The kind of a meter.
	 */
	public enum Kind {

		/**
		 * Only grows.
		 */
		COUNTER,

		/**
		 * Goes up and down.
		 */
		GAUGE,

		/**
		 * Counts and sums durations.
		 */
		TIMER

	}

}
