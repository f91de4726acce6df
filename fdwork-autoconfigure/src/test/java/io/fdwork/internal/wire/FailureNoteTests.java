package io.fdwork.internal.wire;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FailureNote}.
 */
class FailureNoteTests {

	@TempDir
	Path parent;

	private Path directory;

	private FailureNote note;

	@BeforeEach
	void create() {
		this.directory = this.parent.resolve("failures");
		this.note = FailureNote.create(this.directory);
	}

	@Test
	void shouldBeReadOnceByWhoCreatedIt() throws IOException {
		Map<String, String> environment = new HashMap<>();
		this.note.addTo(environment);
		assertThat(this.directory).as("nothing has failed").doesNotExist();
		FailureNote ofProcess = FailureNote.of(environment);
		ofProcess.write("The database is away");
		ofProcess.write("Überlastet");
		assertThat(this.note.take()).isEqualTo("Überlastet");
		assertThat(this.note.take()).isNull();
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void shouldBeOnlyTheOwners() throws IOException {
		this.note.write("secret");
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.directory))).isEqualTo("rwx------");
		assertThat(this.directory.toFile().listFiles()).singleElement()
			.satisfies((file) -> assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.toPath())))
				.isEqualTo("rw-------"));
	}

	@Test
	void shouldReadNoMoreThanALineTakes() throws IOException {
		this.note.write("x".repeat(100_000));
		assertThat(this.note.take()).hasSize(4096);
	}

	@Test
	void shouldSayNothingWhenItIsBlankOrNoFleetStartedTheProcess() throws IOException {
		this.note.write("\n");
		assertThat(this.note.take()).isNull();
		assertThat(FailureNote.of(Map.of())).isNull();
	}

	@Test
	void shouldDeleteWhatNobodyReads() throws IOException {
		this.note.write("left by the worker of a daemon that was killed");
		FailureNote.deleteAll(this.directory);
		assertThat(this.directory).isEmptyDirectory();
		FailureNote.deleteAll(this.parent.resolve("missing"));
	}

}
