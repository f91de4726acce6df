package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.FileSystemUtils;

/**
 * The archives that are kept, one for each key, and those that nobody uses any more.
 * <p>
 * Layout, with a directory for each jar, JVM and its arguments:<pre>
 * directory/
 *   key/                 hash of the jar's real path, size and time, of the JVM's release
 *                        file, and of its arguments other than system properties
 *     application/       the extracted jar, and its libraries in lib/
 *     startup.jsa|aot    the archive; there only when it is complete
 *   daemon.args          arguments of the JVM with which the next daemon starts from the
 *                        archive of its jar
 * </pre>
 */
final class ArchiveStore {

	private static final Logger logger = LoggerFactory.getLogger(ArchiveStore.class);

	private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	private final Path directory;

	private final DaemonArguments daemonArguments;

	/**
	 * The names of the keys that workers of this process may still be using.
	 */
	private final Set<String> live = ConcurrentHashMap.newKeySet();

	ArchiveStore(Path directory, @Nullable Path daemonJar) {
		this.directory = directory.toAbsolutePath().normalize();
		this.daemonArguments = new DaemonArguments(this.directory, daemonJar);
	}

	/**
	 * Return where the archive of a key is, or would be.
	 */
	ArchiveHome home(ArchiveKey key) {
		return new ArchiveHome(key, this.directory.resolve(key.name()));
	}

	/**
	 * Return where the archive of a key can be built: in an empty directory.
	 */
	ArchiveHome create(ArchiveKey key) throws IOException {
		ArchiveHome home = home(key);
		Files.createDirectories(this.directory, OWNER_ONLY);
		// What a process that was killed has left
		FileSystemUtils.deleteRecursively(home.directory());
		Files.createDirectory(home.directory(), OWNER_ONLY);
		return home;
	}

	/**
	 * Let workers use an archive that has been built.
	 */
	void finish(ArchiveHome home) throws IOException {
		move(home.unfinishedArchive(), home.archive());
		keep(home);
	}

	/**
	 * Note that a worker may use an archive from now on.
	 */
	void keep(ArchiveHome home) {
		this.live.add(home.key().name());
	}

	void offerToDaemon(ArchiveHome home) throws IOException {
		this.daemonArguments.offer(home);
	}

	/**
	 * Delete the archives that nobody uses, as far as one can see.
	 */
	void deleteStale() {
		List<Path> homes;
		try (Stream<Path> entries = Files.list(this.directory)) {
			homes = entries.filter((entry) -> ArchiveKey.isName(entry.getFileName().toString()))
				.filter((entry) -> !this.live.contains(entry.getFileName().toString()))
				.toList();
		}
		catch (IOException ex) {
			logger.debug("Cannot list {}", this.directory, ex);
			return;
		}
		if (homes.isEmpty()) {
			return;
		}
		// A mapped archive outlives its file, but the extracted jars are opened when
		// the first class of each is loaded that the archive does not have
		List<String> used = new ArrayList<>();
		// A command line has the name of a file of arguments, not what is in it
		used.add(System.getProperty("java.class.path"));
		try {
			used.add(this.daemonArguments.read());
		}
		catch (IOException ex) {
			logger.debug("No daemon starts from an archive in {}", this.directory, ex);
		}
		ProcessHandle.allProcesses().flatMap((handle) -> handle.info().commandLine().stream()).forEach(used::add);
		for (Path home : homes) {
			if (used.stream().noneMatch((commandLine) -> commandLine.contains(home.toString()))) {
				logger.debug("Deleting the stale archive {}", home);
				delete(home);
			}
		}
	}

	static void delete(Path path) {
		try {
			FileSystemUtils.deleteRecursively(path);
		}
		catch (IOException ex) {
			logger.debug("Cannot delete {}", path, ex);
		}
	}

	static void move(Path from, Path to) throws IOException {
		try {
			Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (AtomicMoveNotSupportedException ex) {
			throw new IOException("its directory has no atomic rename", ex);
		}
	}

}
