package io.fdwork.internal.output;

import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WorkerLogFile} in one process. That others are seen is shown by the
 * integration tests.
 */
class WorkerLogFileTests {

	@TempDir
	Path directory;

	@Test
	void shouldNumberFileBeforeItsExtension() {
		Path logs = this.directory.resolve("logs");
		assertThat(WorkerLogFile.of(logs.resolve("app.v2.log"))).isEqualTo(logs.resolve("app.v2-worker-1.log"));
		assertThat(WorkerLogFile.of(logs.resolve("app"))).isEqualTo(logs.resolve("app-worker-1"));
		assertThat(WorkerLogFile.of(logs.resolve(".app"))).isEqualTo(logs.resolve(".app-worker-1"));
	}

	@Test
	void shouldReturnTheSameFileEachTime() {
		Path shared = this.directory.resolve("app.log");
		assertThat(WorkerLogFile.of(shared)).isEqualTo(WorkerLogFile.of(shared))
			.isEqualTo(this.directory.resolve("app-worker-1.log"));
	}

	@Test
	void shouldTakeLowestNumberThatNobodyHas() throws Exception {
		Path first = this.directory.resolve(".app-worker-1.log.lock");
		try (FileChannel channel = FileChannel.open(first, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
				FileLock held = channel.lock()) {
			assertThat(WorkerLogFile.of(this.directory.resolve("app.log")))
				.isEqualTo(this.directory.resolve("app-worker-2.log"));
		}
	}

	@Test
	void shouldTakePidWhenFilesCannotBeLocked() throws Exception {
		Path file = Files.createFile(this.directory.resolve("file"));
		assertThat(WorkerLogFile.of(file.resolve("app.log")))
			.isEqualTo(file.resolve("app-worker-" + ProcessHandle.current().pid() + ".log"));
	}

}
