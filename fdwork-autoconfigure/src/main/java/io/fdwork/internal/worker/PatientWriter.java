package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TooManyInFlightException;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes messages, and waits a while when too many descriptors are in flight.
 */
final class PatientWriter {

	private static final Logger logger = LoggerFactory.getLogger(PatientWriter.class);

	/**
	 * How long a message waits until its descriptors can be in flight.
	 */
	private static final Duration PATIENCE = Duration.ofMillis(500);

	private static final Duration CHECK_INTERVAL = Duration.ofMillis(5);

	private PatientWriter() {
	}

	/**
	 * Write a message, and end the connection if it fails.
	 * @param descriptors what travels with it; stay the caller's
	 * @return whether it was written. If not, the other side never takes it
	 */
	static boolean send(ControlConnection connection, ControlMessage message, List<Descriptor> descriptors) {
		try {
			return write(connection, message, descriptors);
		}
		catch (IOException ex) {
			logger.debug("The daemon has gone", ex);
			// Half a message makes the rest unreadable
			connection.close();
			return false;
		}
	}

	/**
	 * Write a message.
	 * @param descriptors what travels with it; stay the caller's
	 * @return whether it was written. If not, nothing of it was
	 */
	static boolean write(ControlConnection connection, ControlMessage message, List<Descriptor> descriptors)
			throws IOException {
		long start = System.nanoTime();
		do {
			try {
				connection.write(message, descriptors);
				return true;
			}
			catch (TooManyInFlightException ex) {
				logger.debug("Nothing was sent", ex);
				LockSupport.parkNanos(CHECK_INTERVAL.toNanos());
			}
		}
		while (System.nanoTime() - start < PATIENCE.toNanos() && !Thread.currentThread().isInterrupted());
		return false;
	}

}
