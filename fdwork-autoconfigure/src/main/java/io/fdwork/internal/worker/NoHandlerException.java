package io.fdwork.internal.worker;

import io.fdwork.FdworkStartException;

/**
 * A worker has nothing that serves its works.
 */
public class NoHandlerException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param channel the name of the channel that works are sent to
	 */
	public NoHandlerException(String channel) {
		super("This worker has nothing that serves works: no single bean of type WorkHandler or ChannelInitializer, no "
				+ "web server, and nothing is subscribed to the channel '" + channel + "'",
				"For the web server of the application, remove spring.main.web-application-type=none, if it is set. Else "
						+ "define a WorkHandler bean (blocking code), a ChannelInitializer bean (a Netty pipeline), or an "
						+ "integration flow from '" + channel
						+ "'; if there are several beans of a type, mark one as @Primary",
				null);
	}

}
