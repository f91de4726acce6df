package io.fdwork.descriptor;

import java.io.IOException;

/**
 * Descriptors came that this process has no room for: it has as many open files as its
 * limit allows. What came is closed.
 *
 * @hidden
 */
@Internal
public class DescriptorsExhaustedException extends IOException {

	// What junixsocket says when the kernel had to
	// cut the descriptors (MSG_CTRUNC)
	private static final String TRUNCATED = "No buffer space available";

	/**
	 * Return whether an exception says that not all descriptors could be taken.
	 */
	static boolean isMeantBy(IOException ex) {
		return String.valueOf(ex.getMessage()).contains(TRUNCATED);
	}

	/**
	 * Create the exception.
	 * @param cause what was thrown
	 */
	public DescriptorsExhaustedException(IOException cause) {
		super("The descriptors of a message could not be taken: this process has as many open files as its limit allows",
				cause);
	}

}
