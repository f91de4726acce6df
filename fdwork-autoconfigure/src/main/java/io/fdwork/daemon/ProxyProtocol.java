package io.fdwork.daemon;

import java.time.Duration;
import java.util.List;

/**
 * That the connections of a listener come from a balancer, and begin with a header of the
 * PROXY protocol that says who its client is.
 *
 * @param version which headers are understood
 * @param from whose headers are believed; whoever connects from elsewhere is refused
 * @param timeout how long a header may take
 */
public record ProxyProtocol(Version version, List<Network> from, Duration timeout) {

	/**
	 * Create a protocol.
	 */
	public ProxyProtocol {
		from = List.copyOf(from);
	}

	/**
	 * Which headers are understood.
	 */
	public enum Version {

		/**
		 * The line of text.
		 */
		V1,

		/**
		 * The binary one.
		 */
		V2,

		/**
		 * Both.
		 */
		ANY

	}

}
