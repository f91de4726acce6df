package io.fdwork.descriptor;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
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
import io.netty.util.concurrent.FutureListener;
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

	/**
	 * The timeout of a connection that waits as long as its client likes.
	 */
	public static final Duration FOR_EVER = Duration.ofDays(36_500);

	private static final Logger logger = LoggerFactory.getLogger(ReadinessSet.class);

	private static final EpollIoOps INTEREST = EpollIoOps.EPOLLIN.with(EpollIoOps.EPOLLRDHUP);

	/**
	 * How long a sweep waits at least for more to do.
	 */
	private static final Duration MIN_SWEEP_INTERVAL = Duration.ofMillis(10);

	private final int max;

	private final ReadinessObserver observer;

	private final IoEventLoop loop;

	// Oldest first; of the loop alone
	private final Set<Member> members = new LinkedHashSet<>();

	// The same, the one that is closed next first, without those that never are
	private final NavigableSet<Member> deadlines = new TreeSet<>();

	// Those that the loop has not looked at yet included
	private final AtomicInteger size = new AtomicInteger();

	private @Nullable Future<?> sweep;

	private long sweepNanos;

	private long lastNumber;

	private volatile boolean closed;

	/**
	 * Create an empty set.
	 * @param threadName the name of its thread
	 * @param max how many connections wait at most; with one more the oldest is closed
	 * @param observer is told what becomes of them
	 */
	public ReadinessSet(String threadName, int max, ReadinessObserver observer) {
		this(new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threadName, true), EpollIoHandler.newFactory())
			.next(), max, observer);
	}

	/**
	 * Create an empty set on the thread of somebody else, who ends it.
	 */
	ReadinessSet(IoEventLoop loop, int max, ReadinessObserver observer) {
		this.loop = loop;
		this.max = max;
		this.observer = observer;
		// Whoever ends the loop may have no time to close what is in it, and tasks that
		// would do so later are not run any more
		loop.terminationFuture().addListener((FutureListener<Object>) (ended) -> closeNow());
	}

	/**
	 * Add a connection.
	 * @param connection the connection; the set's if this returns {@code true}
	 * @param timeout how long it waits at most, from when it became idle
	 * @return whether it was taken: not after the close, and not when as many as the set
	 * may hold are on their way into it because the observer waits
	 */
	public boolean add(TcpConnection connection, Duration timeout) {
		return add(connection, timeout, this.observer);
	}

	/**
	 * Add a connection that somebody else waits for.
	 * @param connection the connection; the set's if this returns {@code true}
	 * @param timeout how long it waits at most, from when it became idle
	 * @param observer is told what becomes of it, instead of the one of this set
	 * @return whether it was taken
	 */
	public boolean add(TcpConnection connection, Duration timeout, ReadinessObserver observer) {
		if (this.size.incrementAndGet() > 2L * this.max || this.closed) {
			this.size.decrementAndGet();
			return false;
		}
		try {
			this.loop.execute(() -> insert(new Member(connection, timeout, observer)));
			return true;
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The set was closed meanwhile", ex);
			this.size.decrementAndGet();
			return false;
		}
	}

	private void insert(Member member) {
		member.enter(++this.lastNumber);
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
			member.observer.evicted();
			return;
		}
		if (this.members.size() > this.max) {
			Member oldest = this.members.iterator().next();
			resumeOrElse(oldest, oldest.observer::evicted);
		}
		scheduleSweep();
	}

	private void scheduleSweep() {
		if (this.deadlines.isEmpty()) {
			return;
		}
		long nextNanos = this.deadlines.first().deadlineNanos;
		if (this.sweep != null && nextNanos - this.sweepNanos < 0) {
			this.sweep.cancel(false);
			this.sweep = null;
		}
		if (this.sweep == null) {
			this.sweepNanos = nextNanos;
			long left = Math.max(nextNanos - System.nanoTime(), MIN_SWEEP_INTERVAL.toNanos());
			this.sweep = this.loop.schedule(this::sweep, left, TimeUnit.NANOSECONDS);
		}
	}

	private void sweep() {
		this.sweep = null;
		while (!this.deadlines.isEmpty() && this.deadlines.first().deadlineNanos - System.nanoTime() <= 0) {
			Member first = this.deadlines.first();
			resumeOrElse(first, first.observer::timedOut);
		}
		scheduleSweep();
	}

	/**
	 * Close a connection, unless its client has sent something that epoll has not
	 * reported yet.
	 */
	private void resumeOrElse(Member member, Runnable closed) {
		if (member.connection.hasUnread()) {
			resume(member, true);
		}
		else {
			member.end();
			closed.run();
		}
	}

	private void resume(Member member, boolean readable) {
		TcpConnection left = member.leave();
		TcpConnection connection = (readable) ? left.after(left.requests(), System.nanoTime()) : left;
		try {
			member.observer.ready(connection);
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
			boolean readable = member.connection.hasUnread();
			if (silent || readable) {
				resume(member, readable);
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
					resumeOrElse(member, member.observer::evicted);
				}
				else {
					resume(member, member.connection.hasUnread());
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
	 * what is registered with it, and for anybody when it has ended.
	 */
	void closeNow() {
		this.closed = true;
		List.copyOf(this.members).forEach(Member::end);
	}

	/**
	 * A connection in the set.
	 */
	private final class Member implements EpollIoHandle, Comparable<Member> {

		private final TcpConnection connection;

		private final FileDescriptor view;

		private final Duration timeout;

		private final ReadinessObserver observer;

		private final long deadlineNanos;

		private long number;

		private @Nullable IoRegistration registration;

		Member(TcpConnection connection, Duration timeout, ReadinessObserver observer) {
			this.connection = connection;
			this.timeout = timeout;
			this.observer = observer;
			long nowNanos = System.nanoTime();
			// Another process may have said it: not from the future
			long idleNanos = Math.max(0, nowNanos - connection.idleSinceNanos());
			this.deadlineNanos = nowNanos + timeout.toNanos() - idleNanos;
			this.view = new FileDescriptor(connection.descriptor().number());
		}

		void enter(long number) {
			this.number = number;
			ReadinessSet.this.members.add(this);
			if (!this.timeout.equals(FOR_EVER)) {
				ReadinessSet.this.deadlines.add(this);
			}
		}

		void register() {
			this.registration = ReadinessSet.this.loop.register(this).syncUninterruptibly().getNow();
			this.registration.submit(INTEREST);
		}

		TcpConnection leave() {
			// A loop that has ended has closed its epoll set
			if (this.registration != null && !ReadinessSet.this.loop.isTerminated()) {
				this.registration.cancel();
			}
			ReadinessSet.this.members.remove(this);
			ReadinessSet.this.deadlines.remove(this);
			ReadinessSet.this.size.decrementAndGet();
			return this.connection;
		}

		void end() {
			Descriptor descriptor = leave().descriptor();
			// Others may hold it, too
			TcpSockets.shutdown(descriptor);
			descriptor.close();
		}

		@Override
		public int compareTo(Member other) {
			int order = Long.signum(this.deadlineNanos - other.deadlineNanos);
			return (order != 0) ? order : Long.compare(this.number, other.number);
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
				resumeOrElse(this, this.observer::left);
			}
			else {
				resume(this, true);
			}
		}

		@Override
		public void close() {
			// The connection belongs to the set
		}

	}

}
