package io.fdwork.internal.home;

import java.time.Duration;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.worker.IdleReturn;
import org.jspecify.annotations.Nullable;

/**
 * When an idle connection goes home, and when it is closed instead: the one place that
 * decides it, for all web servers. A server says since when a connection is idle and asks
 * what is to be done; it knows itself what idle means, and how a connection leaves it.
 * <p>
 * One that {@linkplain #canGo can go} goes when it has been idle for the idle time, at
 * once while the worker drains, and at once when the worker has no permit left and others
 * wait in the queue. One for which the daemon has no room stays until the daemon has, and
 * asks it for room in the last two cases. One that cannot go stays, and is closed in a
 * drain when it has been idle for {@link #DRAIN_IDLE_TIME}. One that came here idle, from
 * a daemon that has ended or has no room, is closed when it has been idle for the idle
 * timeout of its server in all. Safe for all threads.
 */
public final class HomeRule {

	/**
	 * How long a connection that cannot go may stay idle in a drain. A client that is
	 * about to send its next request gets an answer that ends the connection, instead of
	 * a reset.
	 */
	public static final Duration DRAIN_IDLE_TIME = Duration.ofSeconds(1);

	/**
	 * How often a server that has no timer for each connection looks for those which have
	 * been idle for {@link #DRAIN_IDLE_TIME}.
	 */
	public static final Duration DRAIN_CHECK_INTERVAL = Duration.ofMillis(100);

	private static final Duration MIN_CHECK_INTERVAL = Duration.ofMillis(1);

	/**
	 * How often an idle connection of a worker without a permit looks whether others
	 * wait.
	 */
	private static final Duration LOOK_INTERVAL = Duration.ofMillis(100);

	private final Supplier<IdleReturn> idleReturn;

	private final Duration idleTime;

	private final Supplier<@Nullable Duration> idleTimeout;

	/**
	 * Create a rule for the connections of one server.
	 * @param idleReturn where connections go; asked for when there is one
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 * @param idleTimeout says how long the server lets a connection be idle before it
	 * closes it: zero for as long as the client likes, {@code null} if that is not known
	 */
	public HomeRule(Supplier<IdleReturn> idleReturn, Duration idleTime, Supplier<@Nullable Duration> idleTimeout) {
		this.idleReturn = idleReturn;
		this.idleTime = idleTime;
		this.idleTimeout = idleTimeout;
	}

	/**
	 * Return whether the connection of a work could go. What came with it besides the
	 * connection would be lost on the way, and so would what else is between it and HTTP.
	 * @param work the work
	 * @param bare whether nothing but plain HTTP/1.1 is spoken on the connection, without
	 * TLS, say
	 */
	public boolean canGo(Work work, boolean bare) {
		return bare && this.idleReturn.get().isConnected() && GotWork.isBare(work);
	}

	/**
	 * Return whether the daemon is about to close its ports, so that clients should go
	 * elsewhere.
	 */
	public boolean isParting() {
		return this.idleReturn.get().isParting();
	}

	/**
	 * Return whether the next answer is the last of its connection: when the daemon is
	 * about to close its ports, and in a drain if the connection cannot go.
	 * @param work the work of the connection
	 * @param bare as for {@link #canGo}
	 * @param draining whether the worker drains
	 */
	public boolean isLast(Work work, boolean bare, boolean draining) {
		return isParting() || draining && !canGo(work, bare);
	}

	/**
	 * Return whether a connection that can go should go as soon as it is idle, as others
	 * wait for the permit that it holds. None goes for that if none goes before the
	 * worker drains.
	 * @param work the work of the connection
	 */
	public boolean isRoomWanted(Work work) {
		return !this.idleTime.isZero() && this.idleReturn.get().isRoomWanted(work.queue());
	}

	/**
	 * Return whether a connection that can go should go before its next request is read,
	 * which is there, as the worker has no permit to answer it: whoever has one gets it
	 * from the daemon. None goes for that if none goes before the worker drains, or while
	 * the daemon has no room.
	 * @param work the work of the connection
	 * @param bare as for {@link #canGo}
	 */
	public boolean isToGoUnread(Work work, boolean bare) {
		return !this.idleTime.isZero() && canGo(work, bare) && this.idleReturn.get().isOpen();
	}

	/**
	 * Say what is to be done with an idle connection.
	 * @param work the work of the connection
	 * @param bare as for {@link #canGo}
	 * @param draining whether the worker drains
	 * @param idleNanos how long the connection has been idle in this process
	 * @param idleBeforeNanos how long it had been idle when it came, zero for one that
	 * has carried a request since
	 */
	public Advice advise(Work work, boolean bare, boolean draining, long idleNanos, long idleBeforeNanos) {
		Advice advice = advise(work, bare, draining, idleNanos);
		Duration timeout = this.idleTimeout.get();
		if (idleBeforeNanos == 0 || timeout == null || timeout.isZero() || advice.action() == Action.GO) {
			// What became idle here is closed by the server itself
			return advice;
		}
		long left = timeout.toNanos() - idleNanos - idleBeforeNanos;
		if (left <= 0) {
			return Advice.CLOSE;
		}
		return switch (advice.action()) {
			case STAY -> Advice.askAgainIn(left);
			case ASK_AGAIN -> Advice.askAgainIn(Math.min(left, advice.nanos()));
			default -> advice;
		};
	}

	private Advice advise(Work work, boolean bare, boolean draining, long idleNanos) {
		boolean canGo = canGo(work, bare);
		if (draining) {
			return (canGo) ? Advice.GO : limited(work, ofOneThatStays(true, idleNanos));
		}
		if (this.idleTime.isZero()) {
			return Advice.STAY;
		}
		long left = this.idleTime.toNanos() - idleNanos;
		if (canGo && (isRoomWanted(work) || left <= 0 && this.idleReturn.get().isOpen())) {
			return Advice.GO;
		}
		return limited(work, Advice.askAgainIn((left > 0) ? left : this.idleTime.toNanos()));
	}

	/**
	 * Return how often a server that has no timer for each connection looks at those that
	 * are idle.
	 */
	public Duration checkInterval() {
		long nanos = this.idleTime.dividedBy(10).toNanos();
		return (nanos == 0 || nanos > DRAIN_CHECK_INTERVAL.toNanos()) ? DRAIN_CHECK_INTERVAL
				: Duration.ofNanos(Math.max(nanos, MIN_CHECK_INTERVAL.toNanos()));
	}

	/**
	 * Return how long the server lets a connection be idle.
	 * @return the time, zero for as long as the client likes, {@code null} if that is not
	 * known
	 */
	public @Nullable Duration idleTimeout() {
		return this.idleTimeout.get();
	}

	/**
	 * Say what is to be done with an idle connection that can never go.
	 * @param draining whether the worker drains
	 * @param idleNanos how long the connection has been idle
	 */
	public static Advice ofOneThatStays(boolean draining, long idleNanos) {
		if (!draining) {
			return Advice.STAY;
		}
		long left = DRAIN_IDLE_TIME.toNanos() - idleNanos;
		return (left > 0) ? Advice.askAgainIn(left) : Advice.CLOSE;
	}

	/**
	 * Nobody tells a connection that others wait for its room.
	 */
	private Advice limited(Work work, Advice advice) {
		return (advice.action() == Action.ASK_AGAIN && this.idleReturn.get().isAtLimit(work.queue()))
				? Advice.askAgainIn(Math.min(advice.nanos(), LOOK_INTERVAL.toNanos())) : advice;
	}

	/**
	 * What is to be done with an idle connection.
	 */
	public enum Action {

		/**
		 * Send it home.
		 */
		GO,

		/**
		 * Close it.
		 */
		CLOSE,

		/**
		 * Ask again after some time, if it is still idle then.
		 */
		ASK_AGAIN,

		/**
		 * Leave it where it is until something else happens.
		 */
		STAY

	}

	/**
	 * What is to be done with an idle connection, and when to ask again.
	 */
	public record Advice(Action action, long nanos) {

		static final Advice GO = new Advice(Action.GO, 0);

		static final Advice CLOSE = new Advice(Action.CLOSE, 0);

		static final Advice STAY = new Advice(Action.STAY, 0);

		static Advice askAgainIn(long nanos) {
			return new Advice(Action.ASK_AGAIN, nanos);
		}

	}

}
