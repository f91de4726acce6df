package io.fdwork.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import io.fdwork.descriptor.Descriptor;

/**
 * Where requests go in. For one thread.
 */
interface PutSide extends AutoCloseable {

	/**
	 * How long a put waits for room, and a get for a request.
	 */
	Duration TIMEOUT = Duration.ofMillis(500);

	/**
	 * How many requests find room, about.
	 */
	int DEPTH = 256;

	/**
	 * Put a request, waiting at most {@link #TIMEOUT} for room.
	 * @return whether there was room
	 */
	boolean put() throws Exception;

	/**
	 * Duplicate what another process needs to get.
	 * @return descriptors, to be closed by the caller
	 */
	List<Descriptor> duplicateForGetSide() throws IOException;

	/**
	 * Open the other side in this process.
	 * @return the other side, to be closed by the caller
	 */
	GetSide openGetSide() throws IOException;

	@Override
	void close() throws IOException;

}
