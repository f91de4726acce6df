package io.fdwork.descriptor;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.Objects;

import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening TCP socket: bound, adopted, duplicated, and closed here or for all. Accepts
 * on a thread of its own.
 *
 * @hidden
 */
@Internal
public final class TcpListener implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(TcpListener.class);

	/**
	 * How long the kernel keeps a silent client to itself, in seconds: as short as it can
	 * be told, as it neither counts such clients nor closes them.
	 */
	private static final int DEFER_SECONDS = 1;

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
			throw (ex.expectedErr() == TcpSockets.EADDRINUSE) ? new AddressInUseException(ex) : ex;
		}
		catch (Throwable ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Return the address that stands for all of this machine.
	 * @return that of IPv6, which takes clients of IPv4 too, or that of IPv4 where there
	 * is no IPv6 or the JVM is told to leave it alone
	 */
	public static InetAddress everyAddress() {
		NativePlatform.require();
		try {
			return InetAddress.getByAddress(new byte[(Socket.isIPv6Preferred()) ? 16 : 4]);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Take over a socket that listens already, with all that waits in its backlog.
	 * @param descriptor the socket; moved if this returns
	 * @return the listener, to be closed by the caller
	 * @throws IOException if it is not a TCP socket that listens, as {@link #bind} makes
	 * them
	 */
	public static TcpListener adopt(Descriptor descriptor) throws IOException {
		requireListening(descriptor);
		if (!TcpSockets.isNonBlocking(descriptor)) {
			// One accept that finds nothing would hold up the accepting thread for ever
			throw new IOException("A listening socket that blocks");
		}
		Socket socket = new Socket(descriptor.number());
		InetSocketAddress address = Objects.requireNonNull(socket.localAddress());
		descriptor.release();
		return new TcpListener(socket, address);
	}

	/**
	 * Take over a socket that listens already and that another program has made, and set
	 * on it what {@link #bind} sets.
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
		socket.setIntOpt(TcpSockets.IPPROTO_TCP, TcpSockets.TCP_NODELAY, 1);
		return adopt(descriptor);
	}

	private static void requireListening(Descriptor descriptor) throws IOException {
		if (!TcpSockets.isListening(descriptor)) {
			throw new IOException("Not a TCP socket that listens");
		}
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
	 * @throws IOException if the process has no descriptor left, or the listener is
	 * closed
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
	 * @param handler takes each connection, on that thread
	 */
	public synchronized void start(String threadName, AcceptHandler handler) {
		requireIdle();
		// One that was given back may have it from the daemon before
		defer(0);
		start(new Acceptor(threadName, this.socket, this.address, handler));
	}

	/**
	 * Start to accept, and keep each connection until its client has sent something. A
	 * client that sends at once is accepted when it has sent, which spares a look at it.
	 * Those that are silent when this listener is stopped are closed; when it is
	 * {@linkplain #pause paused}, the handler gets them.
	 * @param threadName the name of the accepting thread
	 * @param max how many connections may be silent; with one more the oldest is closed
	 * @param timeout how long a connection may be silent
	 * @param handler takes the connections and is told what becomes of the others, on
	 * that thread
	 * @return the silent connections; ended with this listener
	 */
	public synchronized ReadinessSet startOnData(String threadName, int max, Duration timeout, AcceptHandler handler) {
		requireIdle();
		defer(DEFER_SECONDS);
		Acceptor acceptor = new Acceptor(threadName, this.socket, this.address, handler);
		ReadinessSet silent = acceptor.keepSilent(max, timeout);
		handler.waitIn(silent);
		start(acceptor);
		return silent;
	}

	private void requireIdle() {
		if (this.acceptor != null) {
			throw new IllegalStateException("Already accepting on " + this.address);
		}
	}

	private void start(Acceptor acceptor) {
		acceptor.start();
		// One that could not be started has no thread that could be told to stop
		this.acceptor = acceptor;
	}

	private void defer(int seconds) {
		try {
			this.socket.setIntOpt(TcpSockets.IPPROTO_TCP, TcpSockets.TCP_DEFER_ACCEPT, seconds);
		}
		catch (IOException ex) {
			logger.debug("Clients of {} are accepted before they have sent something", this.address, ex);
		}
	}

	/**
	 * Leave it to others to accept, who hold a {@linkplain #duplicate() duplicate}.
	 * @param onData whether clients should have sent something by then
	 */
	public synchronized void leaveToOthers(boolean onData) {
		requireIdle();
		defer((onData) ? DEFER_SECONDS : 0);
	}

	/**
	 * Return how many connections wait to be accepted.
	 * @return the number, 0 once it is closed
	 */
	public int waiting() {
		synchronized (this.socket) {
			return (this.socket.isOpen()) ? TcpSockets.waiting(this.socket) : 0;
		}
	}

	/**
	 * Return whether the accepting thread has done what it had to do when it was asked
	 * last.
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
					&& this.socket.getIntOpt(TcpSockets.IPPROTO_IPV6, TcpSockets.IPV6_V6ONLY) == 0;
		}
		catch (IOException ex) {
			logger.debug("The listener on {} is closed", this.address, ex);
			return false;
		}
	}

	/**
	 * Let nobody else connect, accept what waits in the backlog or is connecting, then
	 * accept no more. Whoever tries to connect from now on gets no answer until the
	 * socket is closed, and is refused then. The port stays bound until {@link #close()}.
	 * @param timeout how long to wait for that
	 * @return whether it was done in time
	 */
	public boolean stop(Duration timeout) {
		return stop(timeout, true);
	}

	/**
	 * Accept no more, and leave what waits in the backlog to whoever holds a
	 * {@linkplain #duplicate() duplicate}.
	 * @param timeout how long to wait for the handler of what was accepted last
	 * @return whether it was done in time
	 */
	public boolean pause(Duration timeout) {
		return stop(timeout, false);
	}

	/**
	 * Let nobody else connect, for all who hold this. Whose handshake has begun still
	 * connects.
	 */
	public void refuseHandshakes() {
		synchronized (this.socket) {
			try {
				if (this.socket.isOpen()) {
					TcpSockets.refuseHandshakes(this.socket);
				}
			}
			catch (IOException ex) {
				logger.debug("Clients can connect to {} until it is closed, and are reset then", this.address, ex);
			}
		}
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
	 * this returns, for a listener that reuses addresses (SO_REUSEADDR), as those of
	 * fdwork and of the JDK do; for any other when the last duplicate is closed.
	 */
	public void closeForAll() {
		stop(Duration.ZERO);
		synchronized (this.socket) {
			if (this.socket.isOpen()) {
				try {
					// tcp(7) has it not, but Linux leaves the state
					// LISTEN on this (inet_shutdown)
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

}
