package io.fdwork.internal.archive;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ArchiveStore}.
 */
@ExtendWith(OutputCaptureExtension.class)
class ArchiveStoreTests {

	@TempDir
	private Path directory;

	private final List<Runnable> log = new ArrayList<>();

	@Test
	void shouldLeaveItToTheCallerWhenToLog(CapturedOutput output) throws Exception {
		Path archives = Files.createDirectory(this.directory.resolve("archives"));
		Files.setPosixFilePermissions(archives, PosixFilePermissions.fromString("rwxrwx---"));
		ArchiveKey key = ArchiveKey.of(Path.of(System.getProperty("java.home")),
				Files.createFile(this.directory.resolve("app.jar")), List.of());
		ArchiveStore store = new ArchiveStore(archives, null, this.log::add);
		assertThat(store.find(key)).isNull();
		assertThat(store.find(key)).isNull();
		assertThat(output).doesNotContain("others can write there");
		assertThat(this.log).hasSize(1);
		this.log.get(0).run();
		assertThat(output).contains("The archives in " + archives + " are not used: others can write there");
	}

	@Test
	void shouldLeaveItToTheCallerWhenToTellOfDamage(CapturedOutput output) throws Exception {
		ArchiveKey key = ArchiveKey.of(Path.of(System.getProperty("java.home")),
				Files.createFile(this.directory.resolve("app.jar")), List.of());
		ArchiveStore store = new ArchiveStore(this.directory.resolve("archives"), null, this.log::add);
		ArchiveHome home = store.create(key);
		Files.createDirectories(home.application());
		Files.createFile(home.unfinishedArchive());
		store.finish(home);
		assertThat(store.find(key)).isNotNull();
		Files.delete(home.archive());
		assertThat(store.find(key)).isNull();
		assertThat(output).doesNotContain("is damaged");
		assertThat(this.log).isNotEmpty();
		this.log.forEach(Runnable::run);
		assertThat(output).contains("The archive " + home.directory() + " is damaged");
	}

}
