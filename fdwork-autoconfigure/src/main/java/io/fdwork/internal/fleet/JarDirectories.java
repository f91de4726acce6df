package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories from which a refresh may take a jar: whoever asks for one over the
 * network must not choose among all files of the machine.
 */
public final class JarDirectories {

	private static final Logger logger = LoggerFactory.getLogger(JarDirectories.class);

	private final @Nullable List<Path> configured;

	private final @Nullable Path jar;

	/**
	 * Create the directories.
	 * @param configured the directories whose jars are allowed, and those of the
	 * directories below them; {@code null} for the directory of the jar of the fleet
	 * alone
	 * @param jar the jar of the fleet, possibly a symbolic link, if it runs one
	 */
	public JarDirectories(@Nullable List<Path> configured, @Nullable Path jar) {
		this.configured = configured;
		this.jar = jar;
	}

	/**
	 * Check that a jar may be run. What is in a directory by its name is allowed,
	 * wherever a link leads from there, and so is what is in it when all links are
	 * followed.
	 * @param path the path of the jar
	 * @return the path that was checked
	 * @throws IllegalArgumentException if it may not be run
	 */
	public Path check(String path) {
		Path absolute = Path.of(path).toAbsolutePath().normalize();
		if (!isAllowed(absolute) && !isAllowed(real(absolute))) {
			throw new IllegalArgumentException("jar is the path of a file in " + describe() + ", not " + absolute
					+ ". Put it there, or set fdwork.daemon.fleet.jar-directories to the directories that are allowed");
		}
		return absolute;
	}

	private boolean isAllowed(@Nullable Path file) {
		if (file == null) {
			return false;
		}
		return directories().anyMatch((directory) -> (this.configured != null) ? file.startsWith(directory)
				: directory.equals(file.getParent()));
	}

	private Stream<Path> directories() {
		if (this.configured != null) {
			return this.configured.stream().flatMap(JarDirectories::bothWays);
		}
		return (this.jar != null) ? bothWays(this.jar).map(Path::getParent) : Stream.empty();
	}

	/**
	 * A link may have been switched since the last time, so it is followed each time.
	 */
	private static Stream<Path> bothWays(Path path) {
		Path absolute = path.toAbsolutePath().normalize();
		return Stream.of(absolute, real(absolute)).filter(Objects::nonNull).map(Objects::requireNonNull);
	}

	private static @Nullable Path real(Path path) {
		try {
			return path.toRealPath();
		}
		catch (IOException ex) {
			logger.debug("{} is not there", path, ex);
			return null;
		}
	}

	private String describe() {
		List<Path> directories = directories().distinct().toList();
		return (directories.isEmpty()) ? "a directory that is allowed, of which there is none" : directories.toString();
	}

}
