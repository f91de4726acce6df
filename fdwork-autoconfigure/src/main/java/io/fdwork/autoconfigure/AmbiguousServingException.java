package io.fdwork.autoconfigure;

import io.fdwork.FdworkStartException;

/**
 * The works of a worker would go to its web server and to something else in turn.
 */
class AmbiguousServingException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param channel the name of the channel that works are sent to
	 */
	public AmbiguousServingException(String channel) {
		super("This worker has two things that serve works: its web server, and what is subscribed to the channel '"
				+ channel + "'",
				"Define a bean of type ServingMode that says what the subscriber wants, then the web server gets no "
						+ "connections; or send from '" + channel + "' nowhere, then the web server gets them all",
				null);
	}

}
