package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that workers write their output to, of which the most recent are kept.
 */
final class OutputFiles {

	private static final Logger logger = LoggerFactory.getLogger(OutputFiles.class);

	private static final int MAX_FILES = 64;

	// Other users may pass the directory of the daemon
	private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

	private static final FileAttribute<?> OWNER_FILE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

	private final Path directory;

	private int created;

	OutputFiles(Path directory) {
		this.directory = directory;
	}

	/**
	 * Create the file of a worker that is about to start, and delete the oldest ones.
	 */
	Path create(int generation) throws IOException {
		Files.createDirectories(this.directory);
		Files.setPosixFilePermissions(this.directory, OWNER_ONLY);
		deleteOldest();
		this.created++;
		Path file = this.directory
			.resolve("worker-" + generation + "-" + ProcessHandle.current().pid() + "-" + this.created + ".log");
		// A daemon in a container may have the pid of the one before
		Files.deleteIfExists(file);
		return Files.createFile(file, OWNER_FILE);
	}

	private void deleteOldest() throws IOException {
		try (Stream<Path> files = Files.list(this.directory)) {
			List<Path> newestFirst = files
				.sorted(Comparator.comparing((Path file) -> file.toFile().lastModified()).reversed())
				.toList();
			for (Path old : newestFirst.subList(Math.min(MAX_FILES - 1, newestFirst.size()), newestFirst.size())) {
				logger.debug("Deleting the old output {}", old);
				Files.deleteIfExists(old);
			}
		}
	}

}
