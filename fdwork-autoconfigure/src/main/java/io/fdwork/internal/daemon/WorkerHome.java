package io.fdwork.internal.daemon;

import io.fdwork.descriptor.Descriptor;

/**
 * Where the idle connections of a worker come home.
 */
interface WorkerHome {

	/**
	 * Take a connection that the worker gives back.
	 * @param queue where it goes with the next request
	 * @param connection the connection; moved or closed
	 */
	void takeBack(String queue, Descriptor connection);

	/**
	 * Connections were given back that could not be taken, and are closed.
	 */
	void lost(int connections);

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
