package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The file of arguments with which the next daemon starts from the archive of its jar.
 * <p>
 * An archive of a worker has nearly all classes of the daemon of the same application, so
 * the daemon has none of its own. Its path must be known before its JVM starts: the file
 * keeps its name, and is replaced as a whole. Whoever starts the daemon compares the
 * first line of it with the jar, as the extracted one is a copy of what the jar was, and
 * what is in the directory of the second line with its {@link ArchiveManifest}.
 */
final class DaemonArguments {

	private static final String NAME = "daemon.args";

	private static final FileAttribute<?> OWNER_FILE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

	private final Path directory;

	private final @Nullable Path daemonJar;

	DaemonArguments(Path directory, @Nullable Path daemonJar) {
		this.directory = directory;
		this.daemonJar = daemonJar;
	}

	/**
	 * Let the next daemon start from the archive, if it is of its jar.
	 */
	void offer(ArchiveHome home) throws IOException {
		Path jar = this.daemonJar;
		if (jar == null || !Files.exists(jar) || !jar.toRealPath().equals(home.key().jar())) {
			return;
		}
		Path file = file();
		String content = content(home);
		if (Files.isRegularFile(file) && Files.readString(file).equals(content)) {
			return;
		}
		Path unfinished = this.directory.resolve(NAME + ".unfinished");
		Files.deleteIfExists(unfinished);
		Files.createFile(unfinished, OWNER_FILE);
		Files.writeString(unfinished, content);
		ArchiveStore.move(unfinished, file);
	}

	/**
	 * Let no daemon start from an archive any more.
	 */
	void withdraw(Path home) throws IOException {
		if (Files.isRegularFile(file()) && read().contains(home + "/")) {
			Files.delete(file());
		}
	}

	/**
	 * Return what was offered last.
	 * @throws IOException if nothing was
	 */
	String read() throws IOException {
		return Files.readString(file());
	}

	private Path file() {
		return this.directory.resolve(NAME);
	}

	/**
	 * Return what to start a daemon with, for a launcher of Java that reads arguments
	 * from a file. What does not fit another JVM is ignored by it.
	 */
	private static String content(ArchiveHome home) throws IOException {
		Path jar = home.key().jar();
		List<String> lines = new ArrayList<>();
		lines.add("# " + JarStamp.of(jar) + " " + jar + " " + home.key().javaHome().toRealPath());
		lines.add("# " + home.directory());
		lines.addAll(StartupArchive.DAEMON_OPTIONS);
		home.useArguments().forEach((argument) -> lines.add(quote(argument)));
		lines.add(quote("-D" + StartupArchive.ORIGINAL_JAR + "=" + jar));
		lines.add("-jar");
		lines.add(quote(home.extractedJar().toString()));
		return String.join("\n", lines) + "\n";
	}

	private static String quote(String argument) {
		return "\"" + argument.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
	}

}
