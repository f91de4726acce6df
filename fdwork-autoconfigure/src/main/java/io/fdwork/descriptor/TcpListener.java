package io.fdwork.descriptor;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.netty.channel.ChannelException;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening TCP socket and the one thread that accepts from it. That thread also waits
 * for room and calls the consumer of what is accepted: meanwhile nothing is accepted, and
 * clients wait in the backlog of the kernel.
 */
@Internal
public final class TcpListener implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(TcpListener.class);

	// asm-generic/socket.h: the same on every architecture that Netty's epoll is built for
	private static final int SOL_SOCKET = 1;

	private static final int SO_ACCEPTCONN = 30;

	private static final int SO_PROTOCOL = 38;

	private static final int IPPROTO_TCP = 6;

	private static final int TCP_NODELAY = 1;

	private static final int TCP_DEFER_ACCEPT = 9;

	private static final int TCP_INFO = 11;

	// struct tcp_info of linux/tcp.h, since Linux 4.1
	private static final int TCPI_STATE = 0;

	private static final int TCPI_BYTES_RECEIVED = 128;

	private static final int TCP_ESTABLISHED = 1;

	/**
	 * How long the kernel keeps a silent client to itself, in seconds: as short as it can be
	 * told, as it neither counts such clients nor closes them.
	 */
	private static final int DEFER_SECONDS = 1;

	private static final int IPPROTO_IPV6 = 41;

	private static final int IPV6_V6ONLY = 26;

	private static final int O_NONBLOCK = 0x800;

	private static final int EADDRINUSE = -98;

	/**
	 * How many connections are accepted before the thread looks at its other events.
	 */
	private static final int ACCEPTS_PER_EVENT = 64;

	/**
	 * How long accepting rests after it failed, for instance for want of descriptors.
	 */
	private static final Duration REST_AFTER_FAILURE = Duration.ofMillis(100);

	private final Socket socket;

	private final InetSocketAddress address;

	private @Nullable Acceptor acceptor;

	private TcpListener(Socket socket, InetSocketAddress address) {
		this.socket = socket;
		this.address = address;
	}

	/**
	 * Bind and listen. Clients can connect from here on; they wait in the backlog.
	 * @param address where to listen; port 0 for any free port
	 * @param backlog how many connections may wait (capped by {@code net.core.somaxconn})
	 * @return the listener, to be closed by the caller
	 * @throws AddressInUseException if another socket listens on the address
	 * @throws IOException if the address is not of this machine, or it cannot listen for
	 * another reason
	 */
	public static TcpListener bind(InetSocketAddress address, int backlog) throws IOException {
		NativePlatform.require();
		LinuxSocket socket = LinuxSocket.newSocketStream(address.getAddress() instanceof Inet6Address);
		try {
			socket.setReuseAddress(true);
			// Inherited by every accepted connection, which saves the worker the call
			socket.setTcpNoDelay(true);
			socket.bind(address);
			socket.listen(backlog);
			return new TcpListener(socket, Objects.requireNonNull(socket.localAddress()));
		}
		catch (Errors.NativeIoException ex) {
			socket.close();
			throw (ex.expectedErr() == EADDRINUSE) ? new AddressInUseException(ex) : ex;
		}
		catch (IOException | RuntimeException ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Take over a socket that listens already, with all that waits in its backlog.
	 * @param descriptor the socket; moved if this returns
	 * @return the listener, to be closed by the caller
	 * @throws IOException if it is not a TCP socket that listens, as {@link #bind} makes them
	 */
	public static TcpListener adopt(Descriptor descriptor) throws IOException {
		requireListening(descriptor);
		if (!isNonBlocking(descriptor)) {
			// One accept that finds nothing would hold up the accepting thread for ever
			throw new IOException("A listening socket that blocks");
		}
		Socket socket = new Socket(descriptor.number());
		InetSocketAddress address = Objects.requireNonNull(socket.localAddress());
		descriptor.release();
		return new TcpListener(socket, address);
	}

	/**
	 * Take over a socket that listens already and that another program has made, and set on
	 * it what {@link #bind} sets.
	 * @param descriptor the socket; moved if this returns
	 * @return the listener, to be closed by the caller
	 * @throws IOException if it is not a TCP socket that listens
	 */
	public static TcpListener adoptForeign(Descriptor descriptor) throws IOException {
		requireListening(descriptor);
		// Without a native call of its own: the view closes nothing, and is not closed
		((AFSocket<?>) FileDescriptorCast.unsafeUsing(descriptor.number()).as(java.net.Socket.class)).getChannel()
			.configureBlocking(false);
		Socket socket = new Socket(descriptor.number());
		socket.setReuseAddress(true);
		socket.setIntOpt(IPPROTO_TCP, TCP_NODELAY, 1);
		return adopt(descriptor);
	}

	private static void requireListening(Descriptor descriptor) throws IOException {
		if (!isListening(descriptor)) {
			throw new IOException("Not a TCP socket that listens");
		}
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

	// There is no call that tells the flags of an open file
	private static boolean isNonBlocking(Descriptor descriptor) throws IOException {
		for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo", String.valueOf(descriptor.number())))) {
			if (line.startsWith("flags:")) {
				return (Long.parseLong(line.substring("flags:".length()).strip(), 8) & O_NONBLOCK) != 0;
			}
		}
		return false;
	}

	/**
	 * Change how many connections may wait, those that wait already included.
	 * @param backlog the number (capped by {@code net.core.somaxconn})
	 * @throws IOException if the listener is closed
	 */
	public void setBacklog(int backlog) throws IOException {
		this.socket.listen(backlog);
	}

	/**
	 * Return the address that is listened on.
	 * @return the address, with the port that was chosen
	 */
	public InetSocketAddress address() {
		return this.address;
	}

	/**
	 * Duplicate the listening socket.
	 * @return a descriptor, to be closed by the caller; while it is open the port is not
	 * free
	 * @throws IOException if the process has no descriptor left, or the listener is closed
	 */
	public Descriptor duplicate() throws IOException {
		// Once it is closed the number may be another descriptor's
		synchronized (this.socket) {
			if (!this.socket.isOpen()) {
				throw new ClosedChannelException();
			}
			return new Descriptor(Numbers.duplicate(this.socket.intValue()));
		}
	}

	/**
	 * Start to accept.
	 * @param threadName the name of the accepting thread
	 * @param awaitRoom waits, on that thread, until there is room for a connection, or until it
	 * is told to wait no longer; called before each is accepted, so that none is in the hands
	 * of the process meanwhile; must not throw
	 * @param accepted takes each connection, on that thread; must not throw
	 * @param failed is told when accepting failed; it is tried again
	 */
	public void start(String threadName, Consumer<BooleanSupplier> awaitRoom, Consumer<Accepted> accepted,
			Consumer<IOException> failed) {
		// One that was given back may have it from the daemon before
		defer(0);
		start(newLoop(threadName), null, awaitRoom, accepted, failed);
	}

	/**
	 * Start to accept, and keep each connection until its client has sent something. A client
	 * that sends at once is accepted when it has sent, which spares a look at it. Those
	 * that are silent when this listener is stopped are closed; when it is
	 * {@linkplain #pause paused}, the observer gets them.
	 * @param threadName the name of the accepting thread
	 * @param max how many connections may be silent; with one more the oldest is closed
	 * @param timeout how long a connection may be silent
	 * @param observer takes the connections and is told what becomes of the others, on that
	 * thread
	 * @param awaitRoom waits until there is room for a connection, or until it is told to wait
	 * no longer, on that thread
	 * @param accepted is told of each connection, on that thread; must not throw
	 * @param failed is told when accepting failed; it is tried again
	 * @return the silent connections; ended with this listener
	 */
	public ReadinessSet startOnData(String threadName, int max, Duration timeout, ReadinessSet.Observer observer,
			Consumer<BooleanSupplier> awaitRoom, Runnable accepted, Consumer<IOException> failed) {
		IoEventLoop loop = newLoop(threadName);
		ReadinessSet silent = new ReadinessSet(loop, max, timeout, observer);
		ByteBuffer info = ByteBuffer.allocateDirect(TCPI_BYTES_RECEIVED + Long.BYTES).order(ByteOrder.nativeOrder());
		defer(DEFER_SECONDS);
		start(loop, silent, awaitRoom, (connection) -> {
			accepted.run();
			if (hasSent(connection.descriptor(), info)) {
				observer.readable(connection);
			}
			else if (!silent.add(connection)) {
				connection.descriptor().close();
				observer.evicted();
			}
		}, failed);
		return silent;
	}

	private void defer(int seconds) {
		try {
			this.socket.setIntOpt(IPPROTO_TCP, TCP_DEFER_ACCEPT, seconds);
		}
		catch (IOException ex) {
			logger.debug("Clients of {} are accepted before they have sent something", this.address, ex);
		}
	}

	/**
	 * Return whether a client has sent something, of a connection that nobody has read from.
	 */
	private static boolean hasSent(Descriptor connection, ByteBuffer info) {
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

	private static IoEventLoop newLoop(String threadName) {
		return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threadName, true),
				EpollIoHandler.newFactory())
			.next();
	}

	private synchronized void start(IoEventLoop loop, @Nullable ReadinessSet silent,
			Consumer<BooleanSupplier> awaitRoom, Consumer<Accepted> accepted, Consumer<IOException> failed) {
		if (this.acceptor != null) {
			loop.parent().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
			throw new IllegalStateException("Already accepting on " + this.address);
		}
		this.acceptor = new Acceptor(loop, silent, awaitRoom, accepted, failed);
		this.acceptor.registration = loop.register(this.acceptor).syncUninterruptibly().getNow();
		this.acceptor.registration.submit(EpollIoOps.EPOLLIN);
	}

	/**
	 * Return whether the accepting thread has done what it had to do when it was asked last.
	 * @return {@code false} while it is with one connection, or has ended
	 */
	public synchronized boolean isResponsive() {
		Acceptor acceptor = this.acceptor;
		return acceptor == null || acceptor.isResponsive();
	}

	/**
	 * Return whether the socket, bound to every IPv6 address, takes clients of IPv4 too.
	 * @return {@code false} also for any other address
	 */
	public boolean isDualStack() {
		try {
			return this.address.getAddress() instanceof Inet6Address && this.address.getAddress().isAnyLocalAddress()
					&& this.socket.getIntOpt(IPPROTO_IPV6, IPV6_V6ONLY) == 0;
		}
		catch (IOException ex) {
			logger.debug("The listener on {} is closed", this.address, ex);
			return false;
		}
	}

	/**
	 * Accept what waits in the backlog, then accept no more. The port stays bound until
	 * {@link #close()}.
	 * @param timeout how long to wait for that
	 * @return whether it was done in time
	 */
	public boolean stop(Duration timeout) {
		return stop(timeout, true);
	}

	/**
	 * Accept no more, and leave what waits in the backlog to whoever holds a
	 * {@linkplain #duplicate() duplicate}.
	 * @param timeout how long to wait for the consumer of what was accepted last
	 * @return whether it was done in time
	 */
	public boolean pause(Duration timeout) {
		return stop(timeout, false);
	}

	private synchronized boolean stop(Duration timeout, boolean sweep) {
		Acceptor acceptor = this.acceptor;
		if (acceptor == null) {
			return true;
		}
		this.acceptor = null;
		return acceptor.stop(timeout, sweep);
	}

	/**
	 * End listening for everybody who holds a duplicate, and close. The port is free when
	 * this returns, for a listener that reuses addresses (SO_REUSEADDR), as those of fdwork
	 * and of the JDK do; for any other when the last duplicate is closed.
	 */
	public void closeForAll() {
		stop(Duration.ZERO);
		synchronized (this.socket) {
			if (this.socket.isOpen()) {
				try {
					// tcp(7) has it not, but Linux leaves the state LISTEN on this (inet_shutdown)
					this.socket.shutdown(true, false);
				}
				catch (IOException | NotYetConnectedException ex) {
					logger.debug("The listener on {} has ended already", this.address, ex);
				}
			}
		}
		close();
	}

	@Override
	public void close() {
		stop(Duration.ZERO);
		synchronized (this.socket) {
			try {
				this.socket.close();
			}
			catch (IOException ex) {
				logger.warn("Could not close the listener on {}", this.address, ex);
			}
		}
	}

	private int acceptIfOpen(byte[] peer) throws IOException {
		// The acceptor may outlive the socket: a consumer that waits is not interrupted. By
		// then the number may be another listener's
		synchronized (this.socket) {
			return (this.socket.isOpen()) ? this.socket.accept(peer) : -1;
		}
	}

	/**
	 * Accepts when the socket is readable.
	 */
	private final class Acceptor implements EpollIoHandle {

		private final IoEventLoop loop;

		private final @Nullable ReadinessSet silent;

		private final BooleanSupplier goOn = () -> !this.stopping;

		private final Consumer<BooleanSupplier> awaitRoom;

		private final Consumer<Accepted> accepted;

		private final Consumer<IOException> failed;

		private final byte[] peer = new byte[26];

		private @Nullable IoRegistration registration;

		private volatile boolean stopping;

		// Guarded by the listener
		private @Nullable Future<?> asked;

		Acceptor(IoEventLoop loop, @Nullable ReadinessSet silent, Consumer<BooleanSupplier> awaitRoom,
				Consumer<Accepted> accepted, Consumer<IOException> failed) {
			this.loop = loop;
			this.silent = silent;
			this.awaitRoom = awaitRoom;
			this.accepted = accepted;
			this.failed = failed;
		}

		@Override
		public FileDescriptor fd() {
			return TcpListener.this.socket;
		}

		@Override
		public void handle(IoRegistration registration, IoEvent event) {
			for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
				this.awaitRoom.accept(this.goOn);
				if (this.stopping || acceptOne() != Attempt.ACCEPTED) {
					return;
				}
			}
		}

		private Attempt acceptOne() {
			try {
				int number = acceptIfOpen(this.peer);
				if (number < 0) {
					return Attempt.NONE_WAITS;
				}
				InetSocketAddress remote = NativeInetAddress.address(this.peer, 1, this.peer[0]);
				this.accepted.accept(new Accepted(new Descriptor(number), localAddress(number), remote));
				return Attempt.ACCEPTED;
			}
			catch (IOException ex) {
				this.failed.accept(ex);
				// The socket stays readable: without a rest this would be a busy loop
				LockSupport.parkNanos(REST_AFTER_FAILURE.toNanos());
				return Attempt.FAILED;
			}
		}

		private boolean sweep(long deadline) {
			BooleanSupplier inTime = () -> System.nanoTime() - deadline < 0;
			Attempt last = Attempt.ACCEPTED;
			// A table that is full now may have room in a moment
			while (last != Attempt.NONE_WAITS && inTime.getAsBoolean()) {
				this.awaitRoom.accept(inTime);
				last = (inTime.getAsBoolean()) ? acceptOne() : last;
			}
			return last == Attempt.NONE_WAITS;
		}

		private InetSocketAddress localAddress(int number) {
			InetSocketAddress bound = TcpListener.this.address;
			if (!bound.getAddress().isAnyLocalAddress()) {
				return bound;
			}
			InetSocketAddress local = new Socket(number).localAddress();
			return (local != null) ? local : bound;
		}

		boolean isResponsive() {
			if (this.loop.isShuttingDown() || (this.asked != null && !this.asked.isDone())) {
				return false;
			}
			this.asked = this.loop.submit(() -> logger.trace("The listener on {} answers", TcpListener.this.address));
			return true;
		}

		boolean stop(Duration timeout, boolean sweep) {
			this.stopping = true;
			long deadline = System.nanoTime() + timeout.toNanos();
			CompletableFuture<Boolean> swept = new CompletableFuture<>();
			if (this.loop.isShuttingDown()) {
				return false;
			}
			this.loop.execute(() -> {
				if (this.registration != null) {
					this.registration.cancel();
				}
				boolean done = !sweep || sweep(deadline);
				// Behind those that were accepted last, which are on their way into the set
				this.loop.execute(() -> {
					if (this.silent != null) {
						this.silent.resumeNow(!sweep);
						this.silent.closeNow();
					}
					swept.complete(done);
				});
			});
			try {
				return swept.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return false;
			}
			catch (Exception ex) {
				logger.debug("The listener on {} is still busy", TcpListener.this.address, ex);
				return false;
			}
			finally {
				this.loop.parent().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
			}
		}

		@Override
		public void close() {
			// The socket belongs to the listener
		}

	}

	/**
	 * What became of an attempt to accept.
	 */
	private enum Attempt {

		ACCEPTED, NONE_WAITS, FAILED

	}

}
