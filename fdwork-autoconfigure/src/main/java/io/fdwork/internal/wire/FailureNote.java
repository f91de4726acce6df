package io.fdwork.internal.wire;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker that fails to start leaves for the fleet that started it: a file, named
 * by an environment variable, that says why. Its output says so too, but somewhere, in
 * the format that the application chose.
 */
public final class FailureNote {

	private static final Logger logger = LoggerFactory.getLogger(FailureNote.class);

	private static final String VARIABLE = "FDWORK_FLEET_FAILURE_NOTE";

	private static final int MAX_BYTES = 4096;

	// Other users may pass the directory of the daemon
	private static final FileAttribute<?> OWNER_DIRECTORY = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	private static final FileAttribute<?> OWNER_FILE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

	private final Path file;

	private FailureNote(Path file) {
		this.file = file;
	}

	/**
	 * Create the note of a process that is to be started. Nothing is written yet.
	 * @param directory where the notes are, which need not exist
	 * @return a note that no other process has
	 */
	public static FailureNote create(Path directory) {
		return new FailureNote(directory.resolve(UUID.randomUUID().toString()).toAbsolutePath());
	}

	/**
	 * Return the note of this process.
	 * @param environment the environment variables
	 * @return the note, or {@code null} if no fleet started it
	 */
	public static @Nullable FailureNote of(Map<String, String> environment) {
		String file = environment.get(VARIABLE);
		return (file != null) ? new FailureNote(Path.of(file)) : null;
	}

	/**
	 * Delete the notes that nobody reads any more.
	 * @param directory where the notes are, which need not exist
	 */
	public static void deleteAll(Path directory) {
		if (!Files.isDirectory(directory)) {
			return;
		}
		try (Stream<Path> files = Files.list(directory)) {
			for (Path file : files.toList()) {
				Files.deleteIfExists(file);
			}
		}
		catch (IOException ex) {
			logger.debug("Cannot clear {}", directory, ex);
		}
	}

	/**
	 * Pass the note to the process.
	 * @param environment its environment variables
	 */
	public void addTo(Map<String, String> environment) {
		environment.put(VARIABLE, this.file.toString());
	}

	/**
	 * Write the note, in place of what it says.
	 * @param text why the process does not start
	 * @throws IOException if it cannot be written
	 */
	public void write(String text) throws IOException {
		Path directory = this.file.getParent();
		if (directory != null && !Files.exists(directory)) {
			Files.createDirectories(directory, OWNER_DIRECTORY);
		}
		if (!Files.exists(this.file)) {
			Files.createFile(this.file, OWNER_FILE);
		}
		Files.writeString(this.file, text, StandardOpenOption.TRUNCATE_EXISTING);
	}

	/**
	 * Read the note and delete it.
	 * @return what it says, as far as it is not too long; {@code null} if it says nothing
	 */
	public @Nullable String take() {
		if (!Files.exists(this.file)) {
			return null;
		}
		try (InputStream content = Files.newInputStream(this.file)) {
			String text = new String(content.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
			Files.delete(this.file);
			return (text.isBlank()) ? null : text;
		}
		catch (IOException ex) {
			logger.debug("Cannot read {}", this.file, ex);
			return null;
		}
	}

}
