package io.fdwork.descriptor;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections that wait until their clients send something. One thread holds all of them
 * by readiness (epoll(7)) and reads nothing. That thread also calls the observer: while
 * it waits, the others wait in the set, and nothing is lost.
 * <p>
 * A connection leaves epoll before it leaves the set: whoever holds it then may close it,
 * and epoll would go on reporting what lives on in another process.
 * <p>
 * Safe for all threads.
 *
 * @hidden
 */
@Internal
public final class ReadinessSet implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ReadinessSet.class);

	private static final EpollIoOps INTEREST = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP);

	/**
	 * How long a sweep waits at least for more to do.
	 */
	private static final Duration MIN_SWEEP_INTERVAL = Duration.ofMillis(10);

	private final int max;

	private final long timeoutNanos;

	private final Observer observer;

	private final IoEventLoop loop;

	// Oldest first; of the loop alone
	private final Set<Member> members = new LinkedHashSet<>();

	// Those that the loop has not looked at yet included
	private final AtomicInteger size = new AtomicInteger();

	private boolean sweeping;

	private volatile boolean closed;

	/**
	 * Create an empty set.
	 * @param threadName the name of its thread
	 * @param max how many connections wait at most; with one more the oldest is closed
	 * @param timeout how long each waits at most
	 * @param observer is told what becomes of them
	 */
	public ReadinessSet(String threadName, int max, Duration timeout, Observer observer) {
		this(new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threadName, true), EpollIoHandler.newFactory())
			.next(), max, timeout, observer);
	}

	/**
	 * Create an empty set on the thread of somebody else, who ends it.
	 */
	ReadinessSet(IoEventLoop loop, int max, Duration timeout, Observer observer) {
		this.loop = loop;
		this.max = max;
		this.timeoutNanos = timeout.toNanos();
		this.observer = observer;
	}

	/**
	 * Add a connection.
	 * @param connection the connection; the set's if this returns {@code true}
	 * @return whether it was taken: not after the close, and not when as many as the set
	 * may hold are on their way into it because the observer waits
	 */
	public boolean add(TcpConnection connection) {
		if (this.size.incrementAndGet() > 2L * this.max || this.closed) {
			this.size.decrementAndGet();
			return false;
		}
		try {
			this.loop.execute(() -> insert(new Member(connection)));
			return true;
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The set was closed meanwhile", ex);
			this.size.decrementAndGet();
			return false;
		}
	}

	private void insert(Member member) {
		this.members.add(member);
		if (this.closed) {
			member.end();
			return;
		}
		try {
			member.register();
		}
		catch (RuntimeException | Error ex) {
			// For instance fs.epoll.max_user_watches
			logger.debug("A connection cannot be watched", ex);
			member.end();
			this.observer.evicted();
			return;
		}
		if (this.members.size() > this.max) {
			resumeOrElse(oldest(), this.observer::evicted);
		}
		scheduleSweep();
	}

	private Member oldest() {
		return this.members.iterator().next();
	}

	private void scheduleSweep() {
		if (!this.sweeping && !this.members.isEmpty()) {
			this.sweeping = true;
			long left = this.timeoutNanos - oldest().age();
			this.loop.schedule(this::sweep, Math.max(left, MIN_SWEEP_INTERVAL.toNanos()), TimeUnit.NANOSECONDS);
		}
	}

	private void sweep() {
		this.sweeping = false;
		while (!this.members.isEmpty() && oldest().age() >= this.timeoutNanos) {
			resumeOrElse(oldest(), this.observer::timedOut);
		}
		scheduleSweep();
	}

	/**
	 * Close a connection, unless its client has sent something that epoll has not
	 * reported yet.
	 */
	private void resumeOrElse(Member member, Runnable closed) {
		if (member.hasUnread()) {
			resume(member);
		}
		else {
			member.end();
			closed.run();
		}
	}

	private void resume(Member member) {
		TcpConnection connection = member.leave();
		try {
			this.observer.ready(connection);
		}
		catch (RuntimeException | Error ex) {
			logger.error("Dropped the connection from {}", connection.remote(), ex);
			connection.descriptor().close();
		}
	}

	/**
	 * Return how many connections are in the set.
	 * @return the number
	 */
	public long size() {
		return this.size.get();
	}

	/**
	 * Give connections to the observer at once. For the loop.
	 * @param silent whether to give those whose clients have sent nothing, too
	 */
	void resumeNow(boolean silent) {
		for (Member member : List.copyOf(this.members)) {
			if (silent || member.hasUnread()) {
				resume(member);
			}
		}
	}

	/**
	 * Give connections to the observer at once, which epoll may not have reported yet.
	 * @param silent whether to give those whose clients have sent nothing, too
	 * @param timeout how long to wait for that
	 * @return whether it was done in time
	 */
	public boolean resume(boolean silent, Duration timeout) {
		CompletableFuture<Void> done = new CompletableFuture<>();
		try {
			this.loop.execute(() -> {
				resumeNow(silent);
				done.complete(null);
			});
			done.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		catch (Exception ex) {
			logger.debug("{} connections are still in the set", size(), ex);
			return false;
		}
	}

	/**
	 * Let the connections go that have waited longest. Does not wait for that.
	 * @param count how many, at most
	 * @param close whether to close them, and not to give them to the observer; never
	 * those whose clients have sent something
	 */
	public void shed(int count, boolean close) {
		try {
			this.loop.execute(() -> this.members.stream().limit(count).toList().forEach((member) -> {
				if (close) {
					resumeOrElse(member, this.observer::evicted);
				}
				else {
					resume(member);
				}
			}));
		}
		catch (RejectedExecutionException ex) {
			logger.trace("Closed already", ex);
		}
	}

	/**
	 * Close all connections and take no more. Does not wait for the observer.
	 */
	@Override
	public void close() {
		this.closed = true;
		try {
			this.loop.execute(this::closeNow);
		}
		catch (RejectedExecutionException ex) {
			logger.trace("Closed already", ex);
		}
		this.loop.parent().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
	}

	/**
	 * Close all connections and take no more. For the loop, which may end without closing
	 * what is registered with it.
	 */
	void closeNow() {
		this.closed = true;
		List.copyOf(this.members).forEach(Member::end);
	}

	/**
	 * Is told what becomes of connections, on the thread of the set. Must not throw.
	 *
	 * @hidden
	 */
	public interface Observer {

		/**
		 * The client has sent something, which is still to be read; or that is not waited
		 * for. May wait.
		 * @param connection the connection, the observer's from now on
		 */
		void ready(TcpConnection connection);

		/**
		 * A client has gone without having sent anything. Its connection is closed.
		 */
		void left();

		/**
		 * A client has sent nothing in time. Its connection is closed.
		 */
		void timedOut();

		/**
		 * The connection that had waited longest was closed, as there are too many.
		 */
		void evicted();

	}

	/**
	 * A connection in the set.
	 */
	private final class Member implements EpollIoHandle {

		private final TcpConnection connection;

		private final FileDescriptor view;

		private final long since = System.nanoTime();

		private @Nullable IoRegistration registration;

		Member(TcpConnection connection) {
			this.connection = connection;
			this.view = new FileDescriptor(connection.descriptor().number());
		}

		void register() {
			this.registration = ReadinessSet.this.loop.register(this).syncUninterruptibly().getNow();
			this.registration.submit(INTEREST);
		}

		long age() {
			return System.nanoTime() - this.since;
		}

		boolean hasUnread() {
			try {
				return Numbers.unread(this.view.intValue()) > 0;
			}
			catch (IOException ex) {
				logger.debug("Cannot tell what the client has sent", ex);
				return false;
			}
		}

		TcpConnection leave() {
			if (this.registration != null) {
				this.registration.cancel();
			}
			ReadinessSet.this.members.remove(this);
			ReadinessSet.this.size.decrementAndGet();
			return this.connection;
		}

		void end() {
			Descriptor descriptor = leave().descriptor();
			descriptor.shutdownOutput();
			descriptor.close();
		}

		@Override
		public FileDescriptor fd() {
			return this.view;
		}

		@Override
		public void handle(IoRegistration registration, IoEvent event) {
			if (!ReadinessSet.this.members.contains(this)) {
				return;
			}
			// The end of the stream is readable too, and may have data before it
			boolean ended = ((EpollIoEvent) event).ops().value() != EpollIoOps.EPOLLIN.value();
			if (ended) {
				resumeOrElse(this, ReadinessSet.this.observer::left);
			}
			else {
				resume(this);
			}
		}

		@Override
		public void close() {
			// The connection belongs to the set
		}

	}

}
