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

	/**
	 * Create the exception.
	 * @param cause what was thrown
	 */
	public DescriptorsExhaustedException(IOException cause) {
		super("The descriptors of a message could not be taken: this process has as many open files as its limit allows",
				cause);
	}

}
