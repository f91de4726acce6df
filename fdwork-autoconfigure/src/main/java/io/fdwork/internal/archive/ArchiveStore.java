package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
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
 *   key[-number]/        hash of the jar's real path and stamp, of the JVM's release file,
 *                        and of its arguments other than system properties
 *     application/       the extracted jar, and its libraries in lib/
 *     startup.jsa|aot    the archive
 *     files              what belongs to it; there only when it is complete
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

	private final Consumer<Runnable> log;

	/**
	 * The names of the archives that workers of this process may still be using.
	 */
	private final Set<String> live = ConcurrentHashMap.newKeySet();

	private final Set<String> damaged = ConcurrentHashMap.newKeySet();

	/**
	 * Create a store.
	 * @param log is given what logs, which may take its time
	 */
	ArchiveStore(Path directory, @Nullable Path daemonJar, Consumer<Runnable> log) {
		this.log = log;
		this.directory = directory.toAbsolutePath().normalize();
		this.daemonArguments = new DaemonArguments(this.directory, daemonJar);
	}

	/**
	 * Find the archive of a key, with all that belongs to it.
	 * @return the archive, or {@code null} if there is none
	 */
	@Nullable ArchiveHome find(ArchiveKey key) {
		if (!isOurs()) {
			return null;
		}
		for (Path home : homes()) {
			String name = home.getFileName().toString();
			if (name.startsWith(key.name()) && ArchiveManifest.isIn(home)) {
				String damage = ArchiveManifest.damage(home);
				if (damage == null) {
					return new ArchiveHome(key, home);
				}
				giveUp(home, damage, key.jar());
			}
		}
		return null;
	}

	private void giveUp(Path home, String damage, Path jar) {
		this.live.remove(home.getFileName().toString());
		if (!this.damaged.add(home.toString())) {
			return;
		}
		this.log.accept(
				() -> logger.warn("The archive {} is damaged, and is built again: {}. Until then workers start from {}",
						home, damage, jar));
		try {
			this.daemonArguments.withdraw(home);
		}
		catch (IOException ex) {
			this.log.accept(() -> logger.warn("The next daemon may not start from it, either: remove daemon.args", ex));
		}
	}

	/**
	 * Return whether nobody else can write there: an archive is code that is run.
	 */
	private boolean isOurs() {
		if (!Files.isDirectory(this.directory)) {
			return false;
		}
		try {
			Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(this.directory);
			boolean ours = Files.getOwner(this.directory).equals(Files.getOwner(Path.of("/proc/self")))
					&& !permissions.contains(PosixFilePermission.GROUP_WRITE)
					&& !permissions.contains(PosixFilePermission.OTHERS_WRITE);
			if (!ours && this.damaged.add(this.directory.toString())) {
				this.log.accept(() -> logger
					.warn("The archives in {} are not used: others can write there. Run chmod 0700 on it as its owner,"
							+ " or remove it", this.directory));
			}
			return ours;
		}
		catch (IOException ex) {
			logger.debug("Cannot look at {}", this.directory, ex);
			return false;
		}
	}

	/**
	 * Return where the archive of a key can be built: in an empty directory of its own,
	 * as workers may run from the one before.
	 */
	ArchiveHome create(ArchiveKey key) throws IOException {
		Files.createDirectories(this.directory, OWNER_ONLY);
		if (!isOurs()) {
			throw new IOException("others can write in " + this.directory);
		}
		Path home = this.directory.resolve(key.name());
		for (int number = 2; Files.exists(home); number++) {
			home = this.directory.resolve(key.name() + "-" + number);
		}
		Files.createDirectory(home, OWNER_ONLY);
		return new ArchiveHome(key, home);
	}

	/**
	 * Let workers use an archive that has been built.
	 */
	void finish(ArchiveHome home) throws IOException {
		move(home.unfinishedArchive(), home.archive());
		ArchiveManifest.write(home.directory());
		keep(home);
	}

	/**
	 * Note that a worker may use an archive from now on.
	 */
	void keep(ArchiveHome home) {
		this.live.add(home.name());
	}

	void offerToDaemon(ArchiveHome home) throws IOException {
		this.daemonArguments.offer(home);
	}

	/**
	 * Delete the archives that nobody uses, as far as one can see.
	 */
	void deleteStale() {
		List<Path> homes = homes().stream()
			.filter((home) -> !this.live.contains(home.getFileName().toString()))
			.toList();
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
			// Another one may have the same name with a number
			if (used.stream().noneMatch((commandLine) -> commandLine.contains(home + "/"))) {
				logger.debug("Deleting the stale archive {}", home);
				delete(home);
			}
		}
	}

	private List<Path> homes() {
		try (Stream<Path> entries = Files.list(this.directory)) {
			return entries.filter((entry) -> ArchiveKey.isDirectoryName(entry.getFileName().toString()))
				.sorted()
				.toList();
		}
		catch (IOException ex) {
			logger.debug("Cannot list {}", this.directory, ex);
			return List.of();
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
