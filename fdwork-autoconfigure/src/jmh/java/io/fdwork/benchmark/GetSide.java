package io.fdwork.benchmark;

import java.io.IOException;

/**
 * Where requests come out. For one thread.
 */
interface GetSide extends AutoCloseable {

	/**
	 * Get a request and close what came with it, waiting at most {@link PutSide#TIMEOUT}.
	 * @return whether one came
	 */
	boolean get() throws Exception;

	@Override
	void close() throws IOException;

}
