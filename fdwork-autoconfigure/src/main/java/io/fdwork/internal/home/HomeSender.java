package io.fdwork.internal.home;

import java.time.Duration;
import java.util.function.Supplier;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.worker.IdleReturn;
import org.jspecify.annotations.Nullable;

/**
 * Sends the idle connections of one server home, once its {@link HomeRule} says so, and
 * has those opened again that do not arrive. Safe for all threads; none is held up.
 */
public final class HomeSender {

	private final Supplier<IdleReturn> idleReturn;

	private final HomeRule rule;

	private final ComeBack comeBack;

	/**
	 * Create a sender.
	 * @param idleReturn where connections go; asked for when there is one
	 * @param rule when they go
	 * @param comeBack opens a connection that has not arrived again
	 */
	public HomeSender(Supplier<IdleReturn> idleReturn, HomeRule rule, ComeBack comeBack) {
		this.idleReturn = idleReturn;
		this.rule = rule;
		this.comeBack = comeBack;
	}

	/**
	 * Return whether a connection can be sent now. Asks the daemon for room if it cannot,
	 * though it must not stay.
	 * @param work the work of the connection
	 * @param draining whether the worker drains
	 */
	public boolean isOpen(Work work, boolean draining) {
		if (this.idleReturn.get().isOpen()) {
			return true;
		}
		if (draining || this.rule.isRoomWanted(work)) {
			this.idleReturn.get().wantRoom();
		}
		return false;
	}

	/**
	 * Send a connection. Its work ends when the daemon has it, and goes on when the
	 * connection has come back.
	 * @param work the work of the connection
	 * @param connection the connection, which its server has let go of; moved
	 * @param history what has happened on it so far
	 * @param idleTimeout how long its server lets it be idle in all: zero for as long as
	 * the client likes, {@code null} if that is not known
	 */
	public void send(Work work, Descriptor connection, ConnectionHistory history, @Nullable Duration idleTimeout) {
		this.idleReturn.get()
			.giveBack(work, connection, history, idleTimeout, (back) -> this.comeBack.open(work, back, history));
	}

	/**
	 * Opens a connection again that has not arrived.
	 */
	public interface ComeBack {

		/**
		 * Open a connection, on a thread that must not be held up.
		 * @param work the work of the connection
		 * @param connection the connection; moved or closed
		 * @param history what has happened on it
		 */
		void open(Work work, Descriptor connection, ConnectionHistory history);

	}

}
