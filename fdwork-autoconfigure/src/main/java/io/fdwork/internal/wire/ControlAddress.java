package io.fdwork.internal.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where in the directory of a daemon its control socket is, and who may be on it.
 */
public final class ControlAddress {

	/**
	 * How many bytes the path of an AF_UNIX socket may have (unix(7)).
	 */
	public static final int MAX_PATH_LENGTH = 107;

	private static final String SOCKET_NAME = "control.sock";

	private ControlAddress() {
	}

	/**
	 * Return the path of the control socket.
	 * @param directory the directory of the daemon
	 * @return the path
	 * @throws DirectoryUnusableException if it is too long for an AF_UNIX socket
	 */
	public static Path in(Path directory) {
		Path path = directory.toAbsolutePath().resolve(SOCKET_NAME);
		int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
		if (length > MAX_PATH_LENGTH) {
			throw new DirectoryUnusableException(directory,
					"is too long: the path of the AF_UNIX socket " + path + " has " + length + " bytes, at most "
							+ MAX_PATH_LENGTH + " are possible",
					"Choose a shorter fdwork.directory, for instance below /run");
		}
		return path;
	}

	/**
	 * Return the user of this process.
	 * @return the effective uid
	 */
	public static long uid() {
		try {
			return ((Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("/proc is needed to know the user of this process", ex);
		}
	}

}
