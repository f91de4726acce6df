package io.fdwork.descriptor;

import java.io.IOException;

/**
 * Another socket listens on an address.
 *
 * @hidden
 */
@Internal
public class AddressInUseException extends IOException {

	/**
	 * Create the exception.
	 * @param cause what the system said
	 */
	public AddressInUseException(IOException cause) {
		super(cause.getMessage(), cause);
	}

}
