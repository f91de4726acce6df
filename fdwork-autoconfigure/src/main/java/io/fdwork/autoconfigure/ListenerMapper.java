package io.fdwork.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.daemon.Network;
import io.fdwork.daemon.ProxyProtocol;
import io.fdwork.descriptor.TcpListener;
import org.jspecify.annotations.Nullable;

/**
 * Makes options of the properties of a listener, and refuses values that cannot work.
 */
final class ListenerMapper {

	private static final int MAX_PORT = 65535;

	private ListenerMapper() {
	}

	/**
	 * Make options of a listener.
	 * @param prefix how the names of its properties begin
	 */
	static DaemonOptions.ListenerOptions options(String prefix, FdworkProperties.Listener listener) {
		InvalidFdworkPropertyException.check(listener.getPort() >= 0 && listener.getPort() <= MAX_PORT,
				prefix + ".port", listener.getPort(), "a number from 0 to " + MAX_PORT);
		InvalidFdworkPropertyException.check(listener.getBacklog() >= 1, prefix + ".backlog", listener.getBacklog(),
				"1 or more");
		InvalidFdworkPropertyException.check(
				listener.getAcceptedBy() == DaemonOptions.AcceptedBy.DAEMON
						|| !Boolean.FALSE.equals(listener.getStandIn()),
				prefix + ".stand-in", String.valueOf(listener.getStandIn()),
				"true, or leave it out: with accepted-by=workers they accept always");
		checkProxyProtocol(prefix, listener);
		InetAddress address = listener.getAddress();
		return new DaemonOptions.ListenerOptions(
				new InetSocketAddress((address != null) ? address : TcpListener.everyAddress(), listener.getPort()),
				listener.getBacklog(), listener.getQueue(),
				(listener.isAcceptOnData())
						? PropertiesMapper.checkInterval(prefix + ".data-timeout", listener.getDataTimeout()) : null,
				listener.getAcceptedBy(), listener.getStandIn(), proxyProtocol(prefix, listener));
	}

	private static void checkProxyProtocol(String prefix, FdworkProperties.Listener listener) {
		if (listener.getProxyProtocol() != null) {
			// Workers do not read the headers
			InvalidFdworkPropertyException.check(listener.getAcceptedBy() == DaemonOptions.AcceptedBy.DAEMON,
					prefix + ".accepted-by", listener.getAcceptedBy(),
					"daemon, which reads the headers of proxy-protocol");
			InvalidFdworkPropertyException.check(!Boolean.TRUE.equals(listener.getStandIn()), prefix + ".stand-in",
					String.valueOf(listener.getStandIn()),
					"false, or leave it out: only the daemon reads the headers of proxy-protocol");
		}
	}

	private static @Nullable ProxyProtocol proxyProtocol(String prefix, FdworkProperties.Listener listener) {
		ProxyProtocol.Version version = listener.getProxyProtocol();
		InvalidFdworkPropertyException.check((version != null) != listener.getProxyProtocolFrom().isEmpty(),
				prefix + ".proxy-protocol-from", listener.getProxyProtocolFrom(),
				"the networks of the balancers whose headers are believed, such as 10.0.0.0/8, where "
						+ "proxy-protocol is set, and none where it is not");
		if (version == null) {
			return null;
		}
		List<Network> from = listener.getProxyProtocolFrom()
			.stream()
			.map((network) -> network(prefix + ".proxy-protocol-from", network))
			.toList();
		return new ProxyProtocol(version, from,
				PropertiesMapper.checkInterval(prefix + ".data-timeout", listener.getDataTimeout()));
	}

	private static Network network(String property, String value) {
		try {
			return Network.of(value);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidFdworkPropertyException(property, value,
					"IP addresses, or such with the length of a prefix, as in 10.0.0.0/8 and fd00::/8");
		}
	}

}
