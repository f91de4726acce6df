package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

import io.netty.channel.unix.Errors;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread's way of accepting from a {@link SharedListener}. For platform threads only.
 *
 * @hidden
 */
@Internal
public final class SharedAcceptor extends Taker<TcpConnection> {

	private static final Logger logger = LoggerFactory.getLogger(SharedAcceptor.class);

	/**
	 * How many silent clients are accepted before the thread does something else.
	 */
	private static final int MAX_SILENT_IN_A_ROW = 64;

	private final SharedListener listener;

	private final Socket socket;

	private final byte[] peer = new byte[26];

	private final ByteBuffer info = TcpSockets.newInfo();

	/**
	 * Create an acceptor.
	 * @param descriptor the listening socket; the acceptor owns it
	 */
	SharedAcceptor(SharedListener listener, Descriptor descriptor, LineWait wait) {
		super(descriptor, wait);
		this.listener = listener;
		this.socket = new Socket(descriptor.number());
		wait.join();
	}

	/**
	 * Accept one connection, waiting for it.
	 * @param timeout how long to wait; zero to look only
	 * @param admission is asked before each look; one that refuses ends the wait
	 * @return the connection, to be closed by the caller, or {@code null} if none came in
	 * time, this was {@linkplain #wake() woken}, or the admission was
	 * {@linkplain #isRefused() refused}
	 * @throws IOException if the kernel does not let this process accept now
	 */
	public @Nullable TcpConnection accept(Duration timeout, Admission admission) throws IOException {
		SilentClients silent = this.listener.silent();
		if (this.listener.isEnded() && silent != null && !timeout.isZero()) {
			await(silent, timeout);
			return take(Duration.ZERO, admission);
		}
		return take((this.listener.isEnded()) ? Duration.ZERO : timeout, admission);
	}

	private static void await(SilentClients silent, Duration timeout) {
		try {
			silent.await(timeout);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	@Nullable TcpConnection takeNow() throws IOException {
		SilentClients silent = this.listener.silent();
		if (silent == null) {
			return acceptNow();
		}
		TcpConnection spoken = silent.take();
		if (spoken != null) {
			return spoken;
		}
		for (int i = 0; i < MAX_SILENT_IN_A_ROW; i++) {
			TcpConnection accepted = acceptNow();
			if (accepted == null || TcpSockets.hasSent(accepted.descriptor(), this.info)) {
				return accepted;
			}
			silent.keep(accepted);
		}
		return null;
	}

	private @Nullable TcpConnection acceptNow() throws IOException {
		if (!descriptor().isOpen()) {
			throw new ClosedChannelException();
		}
		if (this.listener.isEnded()) {
			return null;
		}
		try {
			int number = this.socket.accept(this.peer);
			return (number >= 0) ? connection(new Descriptor(number)) : null;
		}
		catch (Errors.NativeIoException ex) {
			if (ex.expectedErr() == TcpSockets.EINVAL) {
				logger.debug("The listener on {} was ended for all", this.listener.address(), ex);
				this.listener.end();
				return null;
			}
			if (ex.expectedErr() == TcpSockets.ECONNABORTED) {
				logger.trace("A client has gone before it was accepted", ex);
				return null;
			}
			throw ex;
		}
	}

	private TcpConnection connection(Descriptor accepted) {
		InetSocketAddress remote = NativeInetAddress.address(this.peer, 1, this.peer[0]);
		return new TcpConnection(accepted, this.listener.local(accepted.number()), remote);
	}

	/**
	 * Return whether nobody knows whether there is something to accept: the last look was
	 * not admitted, or nothing is accepted any more. For the thread that accepts.
	 * @return whether it is so
	 */
	@Override
	public boolean isRefused() {
		return super.isRefused() || this.listener.isEnded();
	}

	@Override
	public boolean isEmpty() {
		SilentClients silent = this.listener.silent();
		if (silent != null && silent.hasSpoken()) {
			return false;
		}
		try {
			return this.listener.isEnded() || TcpSockets.waiting(descriptor()) == 0;
		}
		catch (IllegalStateException ex) {
			logger.trace("Closed meanwhile", ex);
			return true;
		}
	}

	@Override
	public void wake() {
		super.wake();
		SilentClients silent = this.listener.silent();
		if (silent != null) {
			silent.wake();
		}
	}

	@Override
	public void close() {
		if (descriptor().isOpen()) {
			super.close();
			this.listener.leave();
		}
	}

}
