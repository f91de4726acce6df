package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The files of a finished archive, each with its size and time: what starts from the
 * archive needs all of them, and somebody may have deleted one, a cleaner of temporary
 * files for instance.
 * <p>
 * Each line is what {@code stat -c '%s %Y %n'} prints in the directory of the archive, so
 * that whoever starts a daemon can look, too.
 */
final class ArchiveManifest {

	static final String NAME = "files";

	private ArchiveManifest() {
	}

	/**
	 * Write down what is there. An archive is finished with that.
	 */
	static void write(Path home) throws IOException {
		List<String> lines;
		try (Stream<Path> files = Files.walk(home)) {
			List<Path> sorted = files.filter(Files::isRegularFile).sorted().toList();
			lines = new ArrayList<>();
			for (Path file : sorted) {
				lines.add(line(home, home.relativize(file).toString()));
			}
		}
		Path unfinished = home.resolve(NAME + ".unfinished");
		Files.write(unfinished, lines);
		ArchiveStore.move(unfinished, home.resolve(NAME));
	}

	private static String line(Path home, String file) throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(home.resolve(file), BasicFileAttributes.class);
		return attributes.size() + " " + attributes.lastModifiedTime().to(TimeUnit.SECONDS) + " " + file;
	}

	/**
	 * Return whether an archive was finished once.
	 */
	static boolean isIn(Path home) {
		return Files.isRegularFile(home.resolve(NAME));
	}

	/**
	 * Compare an archive with what was written down.
	 * @return what is wrong with it, for people, or {@code null} if it is as it was
	 */
	static @Nullable String damage(Path home) {
		String file = NAME;
		try {
			for (String line : Files.readAllLines(home.resolve(NAME))) {
				String[] fields = line.split(" ", 3);
				file = fields[fields.length - 1];
				if (!line(home, file).equals(line)) {
					return file + " was changed";
				}
			}
			return null;
		}
		catch (IOException ex) {
			return file + " is missing";
		}
	}

}
