package io.fdwork.internal.wire;

import java.io.IOException;

/**
 * The other side of a control connection broke the protocol.
 */
public class ControlProtocolException extends IOException {

	/**
	 * Create the exception.
	 * @param message what the peer did, as the end of a sentence that begins with it
	 */
	public ControlProtocolException(String message) {
		super(message);
	}

}
