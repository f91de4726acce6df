package io.fdwork.sample.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The files that a fleet lives with, and what may happen to them.
 */
final class Surroundings {

	private static final Pattern START = Pattern.compile("(\"startTicks\":)([0-9]+)");

	/**
	 * Read only while an application starts: those that run do without it.
	 */
	private static final String LIBRARY = "snakeyaml-";

	private final Path directory;

	/**
	 * Create surroundings.
	 * @param directory that of the fleet
	 */
	Surroundings(Path directory) {
		this.directory = directory;
	}

	/**
	 * Return the directory of the daemon.
	 */
	Path daemon() {
		return this.directory.resolve("run");
	}

	/**
	 * Return where the processes write down what they do.
	 */
	Path journals() {
		return this.directory.resolve("journals");
	}

	/**
	 * Read what the processes have written down.
	 * @return lines, in any order
	 */
	List<String> readJournals() throws IOException {
		List<String> lines = new ArrayList<>();
		try (Stream<Path> files = Files.list(journals())) {
			for (Path file : files.toList()) {
				lines.addAll(Files.readAllLines(file));
			}
		}
		return lines;
	}

	/**
	 * Copy the journals and the logs, as far as there are any.
	 * @param target the directory to copy them to
	 */
	void copyLogs(Path target) throws IOException {
		Files.createDirectories(target);
		for (Path from : List.of(this.directory, journals())) {
			if (Files.isDirectory(from)) {
				copyFiles(from, target);
			}
		}
	}

	private static void copyFiles(Path from, Path target) throws IOException {
		try (Stream<Path> files = Files.list(from)) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				Files.copy(file, target.resolve(file.getFileName()));
			}
		}
	}

	/**
	 * Let no process start any more: its journal cannot be where it should.
	 */
	void failStarts() throws IOException {
		Files.move(journals(), away());
		Files.createFile(journals());
	}

	/**
	 * Let processes start again.
	 */
	void letStart() throws IOException {
		Files.delete(journals());
		Files.move(away(), journals());
	}

	/**
	 * Return the file of properties that a release has of its own.
	 */
	Path release() {
		return this.directory.resolve("release.properties");
	}

	/**
	 * Let what starts from now on be another release than what has started before.
	 * @param property what is different
	 */
	void bringOut(String property) throws IOException {
		Files.writeString(release(), property);
	}

	/**
	 * Let what starts from now on be as what has started first.
	 */
	void takeBack() throws IOException {
		Files.delete(release());
	}

	private Path away() {
		return this.directory.resolve("journals-away");
	}

	/**
	 * Move the times at which the workers began, as if they were others with these pids.
	 */
	void moveStarts() throws IOException {
		Path file = daemon().resolve("fleet.json");
		Files.writeString(file,
				START.matcher(Files.readString(file)).replaceAll((start) -> start.group(1) + "9" + start.group(2)));
	}

	/**
	 * Return a library of the archive that workers start from, if it is finished.
	 */
	Optional<Path> archivedLibrary() throws IOException {
		Path archives = daemon().resolve("archives");
		if (!Files.exists(archives)) {
			return Optional.empty();
		}
		List<Path> homes;
		try (Stream<Path> entries = Files.list(archives)) {
			homes = entries.filter((entry) -> Files.exists(entry.resolve("files"))).toList();
		}
		for (Path home : homes) {
			try (Stream<Path> libraries = Files.list(home.resolve("application").resolve("lib"))) {
				Optional<Path> library = libraries.filter((path) -> path.getFileName().toString().startsWith(LIBRARY))
					.findFirst();
				if (library.isPresent()) {
					return library;
				}
			}
		}
		return Optional.empty();
	}

}
