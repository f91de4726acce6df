package io.fdwork.internal.daemon;

import java.util.Collection;

import io.fdwork.FdworkStartException;

/**
 * A listener names a queue that there is not.
 */
public class UnknownQueueException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param queue the name
	 * @param known the names of the queues that there are
	 */
	public UnknownQueueException(String queue, Collection<String> known) {
		super("A listener puts on queue '" + queue + "', but the daemon has only the queues " + known,
				"Add it under fdwork.daemon.queues, or name another queue in fdwork.daemon.listeners[].queue", null);
	}

}
