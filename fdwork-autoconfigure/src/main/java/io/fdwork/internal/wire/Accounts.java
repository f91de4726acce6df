package io.fdwork.internal.wire;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Finds the numbers of users and groups. Names are those of the files of the system;
 * accounts that are kept elsewhere have to be given by number.
 */
public final class Accounts {

	private static final Path USERS = Path.of("/etc/passwd");

	private static final Path GROUPS = Path.of("/etc/group");

	private Accounts() {
	}

	/**
	 * Find a user.
	 * @param nameOrNumber its name or its uid
	 * @return the uid, or {@code null} if there is no user of that name
	 */
	public static @Nullable Long findUser(String nameOrNumber) {
		return find(USERS, nameOrNumber);
	}

	/**
	 * Find a group.
	 * @param nameOrNumber its name or its gid
	 * @return the gid, or {@code null} if there is no group of that name
	 */
	public static @Nullable Long findGroup(String nameOrNumber) {
		return find(GROUPS, nameOrNumber);
	}

	private static @Nullable Long find(Path file, String nameOrNumber) {
		if (nameOrNumber.matches("[0-9]{1,10}")) {
			return Long.valueOf(nameOrNumber);
		}
		if (!Files.isReadable(file)) {
			return null;
		}
		// A comment or a name may be in any encoding
		try (Stream<String> lines = Files.lines(file, StandardCharsets.ISO_8859_1)) {
			return lines.map((line) -> line.split(":"))
				.filter((fields) -> fields.length > 2 && fields[0].equals(nameOrNumber)
						&& fields[2].matches("[0-9]{1,10}"))
				.map((fields) -> Long.valueOf(fields[2]))
				.findFirst()
				.orElse(null);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot read " + file, ex);
		}
	}

}
