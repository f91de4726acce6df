package io.fdwork.descriptor;

import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Buffer;
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

	private static final int SO_ATTACH_FILTER = 26;

	private static final int SO_ACCEPTCONN = 30;

	private static final int SO_PROTOCOL = 38;

	private static final int SO_COOKIE = 57;

	static final int IPPROTO_TCP = 6;

	static final int TCP_NODELAY = 1;

	static final int TCP_DEFER_ACCEPT = 9;

	private static final int TCP_INFO = 11;

	// struct tcp_info of linux/tcp.h, since Linux 4.1
	private static final int TCPI_STATE = 0;

	/**
	 * Of one that listens: how many connections wait to be accepted.
	 */
	private static final int TCPI_UNACKED = 24;

	private static final int TCPI_BYTES_RECEIVED = 128;

	private static final int TCP_ESTABLISHED = 1;

	private static final int TCP_CLOSE = 7;

	private static final int TCP_CLOSE_WAIT = 8;

	private static final int TCP_LISTEN = 10;

	static final int IPPROTO_IPV6 = 41;

	static final int IPV6_V6ONLY = 26;

	static final int EINVAL = -22;

	static final int EADDRINUSE = -98;

	static final int ECONNABORTED = -103;

	private static final int O_NONBLOCK = 0x800;

	// Drops what has SYN and not ACK among its flags
	private static final FilterStep[] SYN_FILTER = { new FilterStep(0x30, 0, 0, 13), new FilterStep(0x54, 0, 0, 0x12),
			new FilterStep(0x15, 0, 1, 0x02), new FilterStep(0x06, 0, 0, 0), new FilterStep(0x06, 0, 0, -1) };

	// Making a Socket asks the kernel for the family, which no option depends on
	private static final AtomicReferenceArray<Socket> views = new AtomicReferenceArray<>(1 << 12);

	private static final ThreadLocal<ByteBuffer> infos = ThreadLocal.withInitial(TcpSockets::newInfo);

	private TcpSockets() {
	}

	/**
	 * Return an object to ask for the options of a number, and for nothing else: it may
	 * have been made for another socket, and would remember what was shut down.
	 */
	private static Socket options(Descriptor descriptor) {
		int number = descriptor.number();
		if (number >= views.length()) {
			return new Socket(number);
		}
		Socket view = views.get(number);
		if (view == null) {
			view = new Socket(number);
			views.set(number, view);
		}
		return view;
	}

	/**
	 * Return whether clients can connect to a socket.
	 * @param descriptor the socket
	 * @return {@code false} also when it is no TCP socket at all
	 */
	public static boolean isListening(Descriptor descriptor) {
		try {
			return isTcp(descriptor) && options(descriptor).getIntOpt(SOL_SOCKET, SO_ACCEPTCONN) == 1;
		}
		catch (IOException | ChannelException ex) {
			logger.trace("{} is no socket", descriptor, ex);
			return false;
		}
	}

	/**
	 * Return whether a descriptor is a TCP socket.
	 * @param descriptor the descriptor
	 */
	public static boolean isTcp(Descriptor descriptor) {
		try {
			return options(descriptor).getIntOpt(SOL_SOCKET, SO_PROTOCOL) == IPPROTO_TCP;
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

	/**
	 * Let the kernel leave unanswered whoever begins to connect from now on, for all who
	 * hold a listening socket and for good. Whose handshake has begun still connects.
	 * @throws IOException if the kernel does not take the filter
	 */
	static void refuseHandshakes(Socket listening) throws IOException {
		// A program of struct sock_filter (linux/filter.h), which sees segments from
		// their TCP header on, and the struct sock_fprog that points to it
		ByteBuffer program = ByteBuffer.allocateDirect(SYN_FILTER.length * Long.BYTES).order(ByteOrder.nativeOrder());
		for (FilterStep step : SYN_FILTER) {
			program.putShort(step.code).put(step.jumpIfTrue).put(step.jumpIfFalse).putInt(step.operand);
		}
		ByteBuffer pointer = ByteBuffer.allocateDirect(2 * Long.BYTES).order(ByteOrder.nativeOrder());
		pointer.putShort(0, (short) SYN_FILTER.length).putLong(Long.BYTES, Buffer.memoryAddress(program));
		try {
			listening.setRawOpt(SOL_SOCKET, SO_ATTACH_FILTER, pointer);
		}
		catch (ChannelException ex) {
			// Not allowed in some containers
			throw new IOException("The kernel takes no filter", ex);
		}
		Reference.reachabilityFence(program);
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
			options(connection).getRawOpt(IPPROTO_TCP, TCP_INFO, info);
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
	 * Return whether an address is that of the other end of a connection, and not of
	 * somebody behind it.
	 * @param connection the connection
	 * @param remote the address
	 * @return {@code true} also if the other end has gone
	 */
	public static boolean isPeer(Descriptor connection, InetSocketAddress remote) {
		InetSocketAddress peer = new Socket(connection.number()).remoteAddress();
		return peer == null || (peer.getPort() == remote.getPort() && peer.getAddress().equals(remote.getAddress()));
	}

	/**
	 * Return what the client of a connection has done, without reading. For platform
	 * threads.
	 * @param connection the connection
	 * @return the state; {@link ClientState#PRESENT} also for what is no connection
	 */
	public static ClientState clientState(Descriptor connection) {
		try {
			ByteBuffer info = infos.get().clear();
			options(connection).getRawOpt(IPPROTO_TCP, TCP_INFO, info);
			return switch (info.get(TCPI_STATE)) {
				case TCP_CLOSE -> ClientState.RESET;
				case TCP_CLOSE_WAIT ->
					(Numbers.unread(connection.number()) > 0) ? ClientState.HALF_CLOSED : ClientState.CLOSED;
				default -> ClientState.PRESENT;
			};
		}
		catch (IOException | ChannelException ex) {
			logger.trace("Cannot tell whether a client is there", ex);
			return ClientState.PRESENT;
		}
	}

	/**
	 * End a connection for all that hold it, in this and other processes: its client sees
	 * the end at once, and what it sends from now on is refused. Does nothing for what is
	 * no connected socket.
	 * @param connection the connection
	 */
	public static void shutdown(Descriptor connection) {
		shutdown(connection.number());
	}

	static void shutdown(int number) {
		try {
			new Socket(number).shutdown(true, true);
		}
		catch (IOException | ChannelException | NotYetConnectedException ex) {
			logger.trace("There is no connection to end", ex);
		}
	}

	/**
	 * Return how many connections wait to be accepted. For any thread.
	 * @param listening a socket that listens
	 * @return the number, 0 if it does not listen any more
	 */
	public static int waiting(Descriptor listening) {
		return waiting(new Socket(listening.number()));
	}

	static int waiting(Socket listening) {
		ByteBuffer info = newInfo();
		try {
			listening.getRawOpt(IPPROTO_TCP, TCP_INFO, info);
			return (info.get(TCPI_STATE) == TCP_LISTEN) ? info.getInt(TCPI_UNACKED) : 0;
		}
		catch (IOException ex) {
			logger.debug("Cannot tell how many connections wait", ex);
			return 0;
		}
	}

	/**
	 * Return what tells a socket from all others of this boot, in every process that
	 * holds it.
	 * @param socket the socket
	 * @return the number that the kernel has given it
	 * @throws IOException if it is no socket
	 */
	public static long identity(Descriptor socket) throws IOException {
		ByteBuffer cookie = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
		options(socket).getRawOpt(SOL_SOCKET, SO_COOKIE, cookie);
		return cookie.getLong(0);
	}

	/**
	 * Allocate what the kernel writes its answer into.
	 */
	static ByteBuffer newInfo() {
		return ByteBuffer.allocateDirect(TCPI_BYTES_RECEIVED + Long.BYTES).order(ByteOrder.nativeOrder());
	}

	/**
	 * A step of a filter: {@code struct sock_filter} of linux/filter.h.
	 */
	private record FilterStep(short code, byte jumpIfTrue, byte jumpIfFalse, int operand) {

		FilterStep(int code, int jumpIfTrue, int jumpIfFalse, int operand) {
			this((short) code, (byte) jumpIfTrue, (byte) jumpIfFalse, operand);
		}

	}

}
