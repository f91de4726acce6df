package io.fdwork.wire;

import java.util.List;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.jspecify.annotations.Nullable;

/**
 * A message on a control connection, as JSON with its name in {@code type}.
 * <pre>
 *  worker                                daemon
 *    | -- hello ------------------------> |   checked: peer, version, queues
 *    | <------------------------ welcome- |   with the descriptors of the queues,
 *    |                    or refusal, end |   two for each: receiving end, ledger
 *    | -- report -----------------------> |   every report interval, and when the
 *    | -- ...                             |   status changes
 *    | -- bye --------------------------> |   nothing is in hand any more
 * </pre>
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({ @JsonSubTypes.Type(value = ControlMessage.Hello.class, name = "hello"),
		@JsonSubTypes.Type(value = ControlMessage.Welcome.class, name = "welcome"),
		@JsonSubTypes.Type(value = ControlMessage.Refusal.class, name = "refusal"),
		@JsonSubTypes.Type(value = ControlMessage.Report.class, name = "report"),
		@JsonSubTypes.Type(value = ControlMessage.Bye.class, name = "bye") })
public sealed interface ControlMessage {

	/**
	 * A worker registers.
	 *
	 * @param name what it calls itself
	 * @param pid its process
	 * @param queues the names of the queues that it serves
	 * @param concurrency how many works it can have in hand
	 */
	record Hello(String name, long pid, List<String> queues, int concurrency) implements ControlMessage {
	}

	/**
	 * The daemon takes the worker. The descriptors of the queues come with this message,
	 * in its order.
	 *
	 * @param pid the process of the daemon
	 * @param queues the queues, in the order of the hello
	 * @param reportIntervalMillis how often the worker should report
	 */
	record Welcome(long pid, List<Grant> queues, long reportIntervalMillis) implements ControlMessage {
	}

	/**
	 * A queue that a worker may get from.
	 *
	 * @param name the name of the queue
	 * @param instance what tells it from one of the same name of another daemon
	 */
	record Grant(String name, long instance) {
	}

	/**
	 * The daemon does not take the worker.
	 *
	 * @param reason why, for people
	 */
	record Refusal(String reason) implements ControlMessage {
	}

	/**
	 * A worker reports.
	 *
	 * @param figures its figures of this moment
	 */
	record Report(WorkerFigures figures) implements ControlMessage {
	}

	/**
	 * A worker ends, with nothing in hand.
	 *
	 * @param reason why, for people
	 * @param figures its last figures
	 */
	record Bye(String reason, @Nullable WorkerFigures figures) implements ControlMessage {
	}

}
