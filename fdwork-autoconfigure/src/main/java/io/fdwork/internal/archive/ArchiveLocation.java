package io.fdwork.internal.archive;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Where the archives of a daemon are. They outlive the daemon, have some 100 MB for each
 * jar, and break when a cleaner takes one file of them: so not below the temporary
 * directory, unless there is no other place or the operator wants them there.
 */
public final class ArchiveLocation {

	/**
	 * Of systemd, for a unit with {@code CacheDirectory}: paths with colons in between.
	 */
	private static final String SYSTEMD = "CACHE_DIRECTORY";

	private static final String XDG = "XDG_CACHE_HOME";

	private static final String NAME = "archives";

	private ArchiveLocation() {
	}

	/**
	 * Choose the directory.
	 * @param configured the directory of the daemon, if it is configured
	 * @param directory the directory of the daemon
	 * @param environment the environment variables
	 * @param home the home directory of the user
	 * @return the directory, which need not be there
	 */
	public static Path choose(@Nullable Path configured, Path directory, Map<String, String> environment, String home) {
		String systemd = environment.getOrDefault(SYSTEMD, "").split(":", 2)[0];
		if (!systemd.isEmpty()) {
			return Path.of(systemd, NAME);
		}
		if (configured != null) {
			return configured.resolve(NAME);
		}
		Path cache = Path.of(environment.getOrDefault(XDG, ""));
		if (!cache.isAbsolute()) {
			Path parent = Path.of(home);
			if (!parent.isAbsolute() || parent.getParent() == null || !Files.isWritable(parent)) {
				return directory.resolve(NAME);
			}
			cache = parent.resolve(".cache");
		}
		// Of several daemons of a user each has its own
		return cache.resolve(directory.getFileName()).resolve(NAME);
	}

}
