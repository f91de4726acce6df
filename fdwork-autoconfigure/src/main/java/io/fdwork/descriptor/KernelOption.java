package io.fdwork.descriptor;

import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;

import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;

/**
 * An option of TCP sockets that Netty's own epoll channels have, and that no interface of
 * Netty names: where it is in the kernel (tcp(7), ip(7), socket(7)), and how its value is
 * written there.
 */
record KernelOption(int level, int name, ToIntFunction<Object> toInt, Function<Integer, Object> fromInt) {

	private static final int SOL_SOCKET = 1;

	private static final int IPPROTO_IP = 0;

	/**
	 * All of them, but for {@code TCP_MD5SIG}, which is of the address of a peer and not
	 * of a connection.
	 */
	static final Map<ChannelOption<?>, KernelOption> ALL = Map.ofEntries(
			Map.entry(EpollChannelOption.TCP_CORK, flag(TcpSockets.IPPROTO_TCP, 3)),
			Map.entry(EpollChannelOption.TCP_KEEPIDLE, number(TcpSockets.IPPROTO_TCP, 4)),
			Map.entry(EpollChannelOption.TCP_KEEPINTVL, number(TcpSockets.IPPROTO_TCP, 5)),
			Map.entry(EpollChannelOption.TCP_KEEPCNT, number(TcpSockets.IPPROTO_TCP, 6)),
			Map.entry(EpollChannelOption.TCP_QUICKACK, flag(TcpSockets.IPPROTO_TCP, 12)),
			Map.entry(EpollChannelOption.TCP_USER_TIMEOUT, number(TcpSockets.IPPROTO_TCP, 18)),
			Map.entry(EpollChannelOption.TCP_NOTSENT_LOWAT, unsigned(TcpSockets.IPPROTO_TCP, 25)),
			Map.entry(ChannelOption.TCP_FASTOPEN_CONNECT, flag(TcpSockets.IPPROTO_TCP, 30)),
			Map.entry(EpollChannelOption.IP_TRANSPARENT, flag(IPPROTO_IP, 19)),
			Map.entry(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, flag(IPPROTO_IP, 24)),
			Map.entry(EpollChannelOption.SO_BUSY_POLL, number(SOL_SOCKET, 46)));

	private static KernelOption flag(int level, int name) {
		return new KernelOption(level, name, (value) -> (Boolean.TRUE.equals(value)) ? 1 : 0, (value) -> value != 0);
	}

	private static KernelOption number(int level, int name) {
		return new KernelOption(level, name, (value) -> (Integer) value, (value) -> value);
	}

	private static KernelOption unsigned(int level, int name) {
		return new KernelOption(level, name, (value) -> ((Long) value).intValue(), Integer::toUnsignedLong);
	}

}
