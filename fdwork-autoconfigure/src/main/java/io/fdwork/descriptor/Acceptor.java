package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import io.fdwork.internal.failure.Failures;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.NativeInetAddress;
import io.netty.channel.unix.Socket;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that accepts from a listening socket, whenever that is readable. It also
 * calls the handler, which may wait: meanwhile nothing is accepted, and clients wait in
 * the backlog of the kernel. Whoever starts and stops it does so from one thread at a
 * time.
 */
final class Acceptor implements EpollIoHandle {

	private static final Logger logger = LoggerFactory.getLogger(Acceptor.class);

	/**
	 * How many connections are accepted before the thread looks at its other events.
	 */
	private static final int ACCEPTS_PER_EVENT = 64;

	/**
	 * How long to wait for clients that are connecting when no others may any more.
	 */
	private static final Duration LAST_HANDSHAKE = Duration.ofMillis(50);

	private final IoEventLoop loop;

	private final Socket socket;

	private final InetSocketAddress address;

	private final AcceptHandler handler;

	private final BooleanSupplier goOn = () -> !this.stopping;

	private final byte[] peer = new byte[26];

	private final ByteBuffer info = TcpSockets.newInfo();

	private @Nullable ReadinessSet silent;

	private Duration dataTimeout = ReadinessSet.FOR_EVER;

	private @Nullable IoRegistration registration;

	private volatile boolean stopping;

	private @Nullable Future<?> asked;

	/**
	 * Create an acceptor that does not accept yet.
	 * @param socket where it accepts; stays the caller's, who closes it under its lock
	 * @param address what the socket is bound to
	 */
	Acceptor(String threadName, Socket socket, InetSocketAddress address, AcceptHandler handler) {
		this.loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threadName, true),
				EpollIoHandler.newFactory())
			.next();
		this.socket = socket;
		this.address = address;
		this.handler = handler;
	}

	/**
	 * Keep each connection until its client has sent something. Before the start.
	 * @return those that are silent; ended with this acceptor
	 */
	ReadinessSet keepSilent(int max, Duration timeout) {
		ReadinessSet silent = new ReadinessSet(this.loop, max, this.handler);
		this.silent = silent;
		this.dataTimeout = timeout;
		return silent;
	}

	void start() {
		try {
			this.registration = this.loop.register(this).syncUninterruptibly().getNow();
			this.registration.submit(EpollIoOps.EPOLLIN);
		}
		catch (RuntimeException | Error ex) {
			endLoop();
			throw ex;
		}
	}

	private void endLoop() {
		try {
			this.loop.parent().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
		}
		catch (RuntimeException | Error ex) {
			logger.debug("There is no thread to end", ex);
		}
	}

	@Override
	public FileDescriptor fd() {
		return this.socket;
	}

	@Override
	public void handle(IoRegistration registration, IoEvent event) {
		for (int i = 0; i < ACCEPTS_PER_EVENT; i++) {
			if (!awaitRoom(this.goOn) || acceptOne() != Attempt.ACCEPTED) {
				return;
			}
		}
	}

	private boolean awaitRoom(BooleanSupplier goOn) {
		// It may have been told to stop while there was room
		return this.handler.awaitRoom(goOn) && goOn.getAsBoolean();
	}

	private Attempt acceptOne() {
		try {
			int number = acceptIfOpen();
			if (number < 0) {
				return Attempt.NONE_WAITS;
			}
			InetSocketAddress remote = NativeInetAddress.address(this.peer, 1, this.peer[0]);
			accepted(new TcpConnection(new Descriptor(number), localAddress(number), remote));
			return Attempt.ACCEPTED;
		}
		catch (IOException ex) {
			this.handler.failed(ex);
			// The socket stays readable: without a rest this would be a busy loop
			Failures.rest();
			return Attempt.FAILED;
		}
	}

	private int acceptIfOpen() throws IOException {
		// The acceptor may outlive the socket: a handler that waits is not
		// interrupted. By then the number may be another listener's
		synchronized (this.socket) {
			return (this.socket.isOpen()) ? this.socket.accept(this.peer) : -1;
		}
	}

	private InetSocketAddress localAddress(int number) {
		if (!this.address.getAddress().isAnyLocalAddress()) {
			return this.address;
		}
		InetSocketAddress local = new Socket(number).localAddress();
		return (local != null) ? local : this.address;
	}

	private void accepted(TcpConnection connection) {
		this.handler.accepted();
		if (!this.handler.admits(connection.remote())) {
			connection.descriptor().close();
		}
		else if (this.silent == null || TcpSockets.hasSent(connection.descriptor(), this.info)) {
			this.handler.ready(connection);
		}
		else if (!this.silent.add(connection, this.dataTimeout)) {
			connection.descriptor().close();
			this.handler.evicted();
		}
	}

	/**
	 * Accept all that can still come when nobody else may connect, then end.
	 */
	private void sweepToTheLast(long deadline, CompletableFuture<Boolean> swept) {
		boolean refusing = refuseHandshakes();
		boolean done = sweep(deadline);
		if (refusing && done && deadline - System.nanoTime() > 2 * LAST_HANDSHAKE.toNanos()) {
			this.loop.schedule(() -> end(false, sweep(deadline), swept), LAST_HANDSHAKE.toMillis(),
					TimeUnit.MILLISECONDS);
		}
		else {
			end(false, done, swept);
		}
	}

	private boolean refuseHandshakes() {
		try {
			synchronized (this.socket) {
				if (this.socket.isOpen()) {
					TcpSockets.refuseHandshakes(this.socket);
				}
				return this.socket.isOpen();
			}
		}
		catch (IOException ex) {
			logger.debug("Clients can connect to {} until it is closed, and are reset then", this.address, ex);
			return false;
		}
	}

	private boolean sweep(long deadline) {
		BooleanSupplier inTime = () -> System.nanoTime() - deadline < 0;
		Attempt last = Attempt.ACCEPTED;
		// A table that is full now may have room in a moment
		while (last != Attempt.NONE_WAITS && inTime.getAsBoolean()) {
			last = (awaitRoom(inTime)) ? acceptOne() : last;
		}
		return last == Attempt.NONE_WAITS;
	}

	/**
	 * Return whether the thread has done what it had to do when it was asked last.
	 */
	boolean isResponsive() {
		if (this.loop.isShuttingDown() || (this.asked != null && !this.asked.isDone())) {
			return false;
		}
		this.asked = this.loop.submit(() -> logger.trace("The listener on {} answers", this.address));
		return true;
	}

	/**
	 * Accept no more, and end the thread.
	 * @param timeout how long to wait for that
	 * @param sweep whether to let nobody else connect, to accept first whoever does so
	 * already, and to close what is silent instead of giving it to the handler
	 * @return whether it was done in time
	 */
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
			if (sweep) {
				sweepToTheLast(deadline, swept);
			}
			else {
				end(true, true, swept);
			}
		});
		try {
			return swept.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		catch (Exception ex) {
			logger.debug("The listener on {} is still busy", this.address, ex);
			return false;
		}
		finally {
			endLoop();
		}
	}

	private void end(boolean handOverSilent, boolean done, CompletableFuture<Boolean> swept) {
		// Behind those that were accepted last, which are on their way into the set
		this.loop.execute(() -> {
			if (this.silent != null) {
				this.silent.resumeNow(handOverSilent);
				this.silent.closeNow();
			}
			swept.complete(done);
		});
	}

	@Override
	public void close() {
		// The socket belongs to the listener
	}

	/**
	 * What became of an attempt to accept.
	 */
	private enum Attempt {

		ACCEPTED, NONE_WAITS, FAILED

	}

}
