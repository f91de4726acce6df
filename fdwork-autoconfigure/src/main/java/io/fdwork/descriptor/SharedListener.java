package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket, seen from a process that accepts from it as others do, and that
 * closes it for none of them. Safe for all threads.
 *
 * @hidden
 */
@Internal
public final class SharedListener implements AutoCloseable {

	private final Descriptor descriptor;

	private final InetSocketAddress address;

	private final LineWait wait = new LineWait();

	private final @Nullable SilentClients silent;

	private volatile boolean ended;

	private final AtomicBoolean closed = new AtomicBoolean();

	// The owner of this, and each acceptor
	private final AtomicInteger holders = new AtomicInteger(1);

	private SharedListener(Descriptor descriptor, InetSocketAddress address, @Nullable SilentClients silent) {
		this.descriptor = descriptor;
		this.address = address;
		this.silent = silent;
	}

	/**
	 * Take a listening socket that another process has bound.
	 * @param descriptor the socket; moved if this returns
	 * @param dataTimeout how long clients may take to send something, before which their
	 * connections are not accepted for anybody; {@code null} not to wait for that
	 * @param maxSilent how many connections may wait for that. With one more the oldest
	 * is closed
	 * @param spoken is told, on any thread, when a client has sent something that had
	 * not, and when one that has not is waited for no more
	 * @return the listener, to be closed by the caller
	 * @throws IOException if it does not listen any more
	 */
	public static SharedListener of(Descriptor descriptor, @Nullable Duration dataTimeout, int maxSilent,
			Runnable spoken) throws IOException {
		InetSocketAddress address = new Socket(descriptor.number()).localAddress();
		if (address == null || !TcpSockets.isListening(descriptor)) {
			throw new IOException("Not a TCP socket that listens");
		}
		return new SharedListener(descriptor.move(), address, (dataTimeout != null)
				? new SilentClients("fdwork-silent-" + address.getPort(), dataTimeout, maxSilent, spoken) : null);
	}

	/**
	 * Return the address that is listened on.
	 * @return the address
	 */
	public InetSocketAddress address() {
		return this.address;
	}

	/**
	 * Create an acceptor for one thread.
	 * @return the acceptor, to be closed by the caller
	 * @throws IOException if the process has no descriptor left
	 */
	public SharedAcceptor newAcceptor() throws IOException {
		SharedAcceptor acceptor = new SharedAcceptor(this, this.descriptor.duplicate(), this.wait);
		this.holders.incrementAndGet();
		return acceptor;
	}

	/**
	 * Return the address that a client has connected to.
	 */
	InetSocketAddress local(int number) {
		if (!this.address.getAddress().isAnyLocalAddress()) {
			return this.address;
		}
		return Objects.requireNonNullElse(new Socket(number).localAddress(), this.address);
	}

	/**
	 * Return the clients that have sent nothing yet.
	 * @return {@code null} if that is not waited for
	 */
	@Nullable SilentClients silent() {
		return this.silent;
	}

	/**
	 * Return how many clients are kept that have sent nothing yet, or have and wait for
	 * somebody to take them.
	 * @return the number
	 */
	public long kept() {
		return (this.silent != null) ? this.silent.size() : 0;
	}

	/**
	 * Say that the socket was shut down for all.
	 */
	void end() {
		this.ended = true;
	}

	/**
	 * Return whether nothing is accepted any more.
	 * @return {@code true} after {@link #close()}, and when an acceptor has found that
	 * the socket was shut down for all
	 */
	public boolean isEnded() {
		return this.ended;
	}

	/**
	 * Return whether there will be nothing to take any more.
	 * @return {@code true} when it is ended, and nothing is kept
	 */
	public boolean isOver() {
		return this.ended && kept() == 0;
	}

	/**
	 * Accept no more. What is kept because its client has sent nothing yet can still be
	 * taken when it has, until the last acceptor is closed.
	 */
	@Override
	public void close() {
		end();
		if (this.closed.compareAndSet(false, true)) {
			leave();
		}
	}

	/**
	 * Close, and the connections, too, that are kept because their clients have sent
	 * nothing yet.
	 */
	public void dismiss() {
		close();
		if (this.silent != null) {
			this.silent.dismiss();
		}
	}

	/**
	 * Say that the owner or an acceptor is done.
	 */
	void leave() {
		if (this.holders.decrementAndGet() == 0) {
			if (this.silent != null) {
				this.silent.close();
			}
			this.descriptor.close();
		}
	}

}
