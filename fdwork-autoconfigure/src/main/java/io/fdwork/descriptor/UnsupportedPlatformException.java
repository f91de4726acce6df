package io.fdwork.descriptor;

/**
 * File descriptors cannot be passed on this machine or in this process.
 */
public class UnsupportedPlatformException extends RuntimeException {

	/**
	 * Create the exception.
	 * @param message what does not work
	 * @param cause why
	 */
	public UnsupportedPlatformException(String message, Throwable cause) {
		super(message, cause);
	}

}
