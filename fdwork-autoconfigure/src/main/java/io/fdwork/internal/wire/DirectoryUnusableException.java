package io.fdwork.internal.wire;

import java.nio.file.Path;

import io.fdwork.FdworkStartException;

/**
 * The directory of the AF_UNIX sockets cannot be used.
 */
public class DirectoryUnusableException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param directory the directory
	 * @param problem what is wrong, as the end of a sentence that begins with it
	 * @param action what to do
	 */
	public DirectoryUnusableException(Path directory, String problem, String action) {
		super("The directory " + directory + " " + problem, action, null);
	}

}
