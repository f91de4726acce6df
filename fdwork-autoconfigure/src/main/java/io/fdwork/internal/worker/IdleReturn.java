package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.function.Consumer;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * Takes idle connections back to the daemon. Safe for all threads; none is held up.
 */
public interface IdleReturn {

	/**
	 * Return whether there is a daemon that could take a connection.
	 * @return whether there is
	 */
	boolean isConnected();

	/**
	 * Return whether a connection can be given back now.
	 * @return {@code false} also when too many are on their way, or the daemon has no
	 * room for more
	 */
	boolean isOpen();

	/**
	 * Ask the daemon for room for one more connection, which cannot stay. It comes later,
	 * if at all.
	 */
	void wantRoom();

	/**
	 * Return whether the daemon is about to close its ports, so that clients should go
	 * elsewhere.
	 * @return whether each answer is to be the last of its connection
	 */
	boolean isParting();

	/**
	 * Return whether this worker can take no more works of a queue, until one that it has
	 * in hand is idle or ends.
	 * @param queue the name of the queue
	 * @return whether it has no permit or no place left, or too few descriptors
	 */
	boolean isAtLimit(String queue);

	/**
	 * Return whether works wait in a queue that this worker cannot take. A connection
	 * that is idle makes room for one of them when it goes.
	 * @param queue the name of the queue
	 * @return whether this worker {@linkplain #isAtLimit is at its limit} and the queue
	 * is most likely not empty
	 */
	boolean isRoomWanted(String queue);

	/**
	 * Give the connection of a work back. The work ends as served when the daemon has it.
	 * @param work the work, whose connection this is
	 * @param connection the connection; moved
	 * @param history what has happened on it so far
	 * @param idleTimeout how long its server lets it be idle in all: zero for as long as
	 * the client likes, {@code null} if that is not known
	 * @param refused takes the connection, which the daemon does not have, if it could
	 * not be sent: the work goes on. Called on a thread that must not be held up
	 */
	void giveBack(Work work, Descriptor connection, ConnectionHistory history, @Nullable Duration idleTimeout,
			Consumer<Descriptor> refused);

}
