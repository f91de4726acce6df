package io.fdwork.internal.recovery;

import java.io.IOException;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.Returned;

/**
 * Where connections wait for the next request.
 */
@FunctionalInterface
public interface IdleHome {

	/**
	 * Take a connection, as if a worker had given it back.
	 * @param queue where it goes with the next request
	 * @param connection the connection; moved or closed
	 * @param returned what is known of it
	 * @throws IOException if it is no connection
	 */
	void takeBack(String queue, Descriptor connection, Returned returned) throws IOException;

}
