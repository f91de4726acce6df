package io.fdwork.autoconfigure;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32;

/**
 * Where the sockets of an application are if nobody says: each application of a user has
 * a directory of its own, which a new version of it finds again.
 */
final class DefaultDirectory {

	/**
	 * The path of a socket has 107 bytes, and the temporary directory may be long.
	 */
	private static final int MAX_READABLE = 24;

	private DefaultDirectory() {
	}

	static Path of(String user, String application) {
		CRC32 hash = new CRC32();
		hash.update(application.getBytes(StandardCharsets.UTF_8));
		String readable = application.substring(application.lastIndexOf('.') + 1)
			.toLowerCase(Locale.ROOT)
			.replaceAll("[^0-9a-z]+", "-");
		if (readable.length() > MAX_READABLE) {
			readable = readable.substring(0, MAX_READABLE);
		}
		return Path.of(System.getProperty("java.io.tmpdir"),
				"fdwork-%s-%s-%08x".formatted(user, readable, hash.getValue()));
	}

}
