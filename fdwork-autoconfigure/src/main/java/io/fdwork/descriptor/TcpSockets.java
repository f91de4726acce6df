package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel knows of sockets: the names of its options, and questions to it. None
 * of them takes a descriptor over.
 *
 * @hidden
 */
@Internal
public final class TcpSockets {

	private static final Logger logger = LoggerFactory.getLogger(TcpSockets.class);

	// asm-generic/socket.h: the same on every
	// architecture that Netty's epoll is built for
	private static final int SOL_SOCKET = 1;

	private static final int SO_RCVTIMEO = 20;

	private static final int SO_ACCEPTCONN = 30;

	private static final int SO_PROTOCOL = 38;

	static final int IPPROTO_TCP = 6;

	static final int TCP_NODELAY = 1;

	static final int TCP_DEFER_ACCEPT = 9;

	private static final int TCP_INFO = 11;

	// struct tcp_info of linux/tcp.h, since Linux 4.1
	private static final int TCPI_STATE = 0;

	private static final int TCPI_BYTES_RECEIVED = 128;

	private static final int TCP_ESTABLISHED = 1;

	static final int IPPROTO_IPV6 = 41;

	static final int IPV6_V6ONLY = 26;

	static final int EADDRINUSE = -98;

	private static final int O_NONBLOCK = 0x800;

	private TcpSockets() {
	}

	/**
	 * Return whether clients can connect to a socket.
	 * @param descriptor the socket
	 * @return {@code false} also when it is no TCP socket at all
	 */
	public static boolean isListening(Descriptor descriptor) {
		try {
			return isTcp(descriptor) && new Socket(descriptor.number()).getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) == 1;
		}
		catch (IOException | ChannelException ex) {
			logger.trace("{} is no socket", descriptor, ex);
			return false;
		}
	}

	static boolean isTcp(Descriptor descriptor) {
		try {
			return new Socket(descriptor.number()).getIntOpt(SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP;
		}
		catch (IOException | ChannelException ex) {
			logger.trace("{} is no socket", descriptor, ex);
			return false;
		}
	}

	/**
	 * Bound every read of a socket, and leave its writes as they are: junixsocket has one
	 * time for both.
	 */
	static void setReadTimeout(int number, Duration timeout) throws IOException {
		// struct timeval
		ByteBuffer time = ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
		time.putLong(timeout.toSeconds()).putLong(TimeUnit.NANOSECONDS.toMicros(timeout.toNanosPart())).flip();
		new Socket(number).setRawOpt(SOL_SOCKET, SO_RCVTIMEO, time);
	}

	// There is no call that tells the flags of an open file
	static boolean isNonBlocking(Descriptor descriptor) throws IOException {
		for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo", String.valueOf(descriptor.number())))) {
			if (line.startsWith("flags:")) {
				return (Long.parseLong(line.substring("flags:".length()).strip(), 8) & O_NONBLOCK) != 0;
			}
		}
		return false;
	}

	/**
	 * Return whether a client has sent something, of a connection that nobody has read
	 * from.
	 * @param info from {@link #newInfo()}, of one thread
	 */
	static boolean hasSent(Descriptor connection, ByteBuffer info) {
		try {
			info.clear();
			new Socket(connection.number()).getRawOpt(IPPROTO_TCP, TCP_INFO, info);
			// The end of the stream counts as a byte
			int end = (info.get(TCPI_STATE) == TCP_ESTABLISHED) ? 0 : 1;
			return info.getLong(TCPI_BYTES_RECEIVED) > end;
		}
		catch (IOException ex) {
			logger.debug("Cannot tell what the client has sent", ex);
			return false;
		}
	}

	/**
	 * Allocate what the kernel writes its answer into.
	 */
	static ByteBuffer newInfo() {
		return ByteBuffer.allocateDirect(TCPI_BYTES_RECEIVED + Long.BYTES).order(ByteOrder.nativeOrder());
	}

}
