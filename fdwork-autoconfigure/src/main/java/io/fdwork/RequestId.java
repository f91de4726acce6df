package io.fdwork;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Identifies a work request from its creation to the end of its work, across processes.
 *
 * @param origin a random number that the creating process drew at its start
 * @param number counts the requests of that process, from 1
 */
public record RequestId(int origin, long number) {

	private static final int ORIGIN = new SecureRandom().nextInt();

	private static final AtomicLong last = new AtomicLong();

	/**
	 * Return an id that no other request has.
	 * @return the id
	 */
	public static RequestId next() {
		return new RequestId(ORIGIN, last.incrementAndGet());
	}

	@Override
	public String toString() {
		return "%08x-%d".formatted(this.origin, this.number);
	}

}
