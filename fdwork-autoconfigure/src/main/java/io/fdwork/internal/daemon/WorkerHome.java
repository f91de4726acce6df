package io.fdwork.internal.daemon;

import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.Returned;
import org.jspecify.annotations.Nullable;

/**
 * Where the idle connections of a worker come home.
 */
interface WorkerHome {

	/**
	 * Take a connection that the worker gives back.
	 * @param queue where it goes with the next request
	 * @param connection the connection; moved or closed
	 * @param returned what the worker says of it, {@code null} if it says nothing
	 */
	void takeBack(String queue, Descriptor connection, @Nullable Returned returned);

	/**
	 * All connections of a message were closed, as they could not be taken.
	 * @param returned what the worker says of each, {@code null} if it says nothing
	 */
	void lost(int connections, @Nullable List<Returned> returned);

	/**
	 * All connections of a message were taken.
	 */
	void taken(int connections);

	/**
	 * The worker wants room.
	 */
	void wanted(int connections);

	/**
	 * The worker may have said something.
	 */
	void heard();

}
