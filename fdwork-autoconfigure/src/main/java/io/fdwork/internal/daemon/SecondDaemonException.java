package io.fdwork.internal.daemon;

import java.nio.file.Path;

import io.fdwork.FdworkStartException;

/**
 * Another daemon holds the directory.
 */
public class SecondDaemonException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param directory the directory
	 * @param pid the process of the other daemon, as text
	 */
	public SecondDaemonException(Path directory, String pid) {
		super("The directory " + directory + " is held by the daemon with pid " + pid,
				"Stop that daemon, or set fdwork.directory to a directory of its own for each daemon", null);
	}

}
