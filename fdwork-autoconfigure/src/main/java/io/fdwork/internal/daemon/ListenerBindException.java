package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.InetSocketAddress;

import io.fdwork.FdworkStartException;
import org.jspecify.annotations.Nullable;

/**
 * A listener could not be bound.
 */
public class ListenerBindException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param address where it should have listened
	 * @param cause why it does not
	 * @param holder who has the port, as the end of a sentence, {@code null} if nobody
	 * has
	 */
	public ListenerBindException(InetSocketAddress address, IOException cause, @Nullable String holder) {
		super("Cannot listen on " + address.getAddress().getHostAddress() + ", port " + address.getPort() + ": "
				+ cause.getMessage() + ((holder != null) ? holder(holder) : ""),
				"Stop the process that holds the port (ss -ltnp shows it), or set fdwork.daemon.listeners[].address and "
						+ ".port to an address of this machine and a free port",
				cause);
	}

	private static String holder(String holder) {
		return ((holder.isEmpty()) ? "" : ". It is held" + holder) + ". No worker has given it back";
	}

}
