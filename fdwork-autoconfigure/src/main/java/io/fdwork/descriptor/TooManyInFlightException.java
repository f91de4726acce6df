package io.fdwork.descriptor;

import java.io.IOException;

/**
 * As many descriptors of this user are in flight as its limit of open files
 * (ETOOMANYREFS, unix(7)), so that nothing was sent. It passes when somebody receives.
 *
 * @hidden
 */
@Internal
public final class TooManyInFlightException extends IOException {

	TooManyInFlightException(IOException cause) {
		super("Too many descriptors of this user are in flight", cause);
	}

	/**
	 * Return whether this is what junixsocket says of it.
	 */
	static boolean isMeantBy(IOException ex) {
		return String.valueOf(ex.getMessage()).contains("Too many references");
	}

}
