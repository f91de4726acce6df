package io.fdwork.sample.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link Surroundings}.
 */
class SurroundingsTests {

	@TempDir
	Path directory;

	private Surroundings surroundings;

	@BeforeEach
	void createSurroundings() throws IOException {
		this.surroundings = new Surroundings(this.directory);
		Files.createDirectories(this.surroundings.journals());
		Files.createDirectories(this.surroundings.daemon());
	}

	@Test
	void shouldBeInTheWayOfJournalsUntilStartsMaySucceed() throws IOException {
		Path journal = Files.createFile(this.surroundings.journals().resolve("1.journal"));
		this.surroundings.failStarts();
		assertThatIOException().isThrownBy(() -> Files.createDirectories(this.surroundings.journals()));
		this.surroundings.letStart();
		assertThat(journal).exists();
		assertThat(this.directory).isDirectoryNotContaining("glob:**away");
	}

	@Test
	void shouldMoveEveryStartAndNothingElse() throws IOException {
		Path file = this.surroundings.daemon().resolve("fleet.json");
		Files.writeString(file, "{\"members\":[{\"pid\":1,\"startTicks\":12},{\"pid\":2,\"startTicks\":34}]}");
		this.surroundings.moveStarts();
		assertThat(file).content()
			.isEqualTo("{\"members\":[{\"pid\":1,\"startTicks\":912},{\"pid\":2,\"startTicks\":934}]}");
	}

	@Test
	void shouldFindLibraryOnlyWhenArchiveIsFinished() throws IOException {
		assertThat(this.surroundings.archivedLibrary()).isEmpty();
		Path home = this.surroundings.daemon().resolve("archives").resolve("1f");
		Path libraries = Files.createDirectories(home.resolve("application").resolve("lib"));
		Path library = Files.createFile(libraries.resolve("snakeyaml-2.jar"));
		Files.createFile(libraries.resolve("netty-4.jar"));
		assertThat(this.surroundings.archivedLibrary()).isEmpty();
		Files.createFile(home.resolve("files"));
		assertThat(this.surroundings.archivedLibrary()).contains(library);
		Files.delete(library);
		assertThat(this.surroundings.archivedLibrary()).isEmpty();
	}

}
