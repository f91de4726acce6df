package io.fdwork.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;

import io.fdwork.FdworkStartException;

/**
 * A listener could not be bound.
 */
public class ListenerBindException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param address where it should have listened
	 * @param cause why it does not
	 */
	public ListenerBindException(InetSocketAddress address, IOException cause) {
		super("Cannot listen on " + address.getAddress().getHostAddress() + ", port " + address.getPort() + ": "
				+ cause.getMessage(),
				"Stop the process that holds the port (ss -ltnp shows it), or set fdwork.daemon.listeners[].address and "
						+ ".port to an address of this machine and a free port",
				cause);
	}

}
