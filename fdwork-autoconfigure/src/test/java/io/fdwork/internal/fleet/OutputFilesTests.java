package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link OutputFiles}, with processes that write what a worker would.
 */
class OutputFilesTests {

	/**
	 * No process has such a pid.
	 */
	private static final int NO_PID = 900_000_000;

	@TempDir
	Path directory;

	private final List<Process> processes = new ArrayList<>();

	@AfterEach
	void end() {
		this.processes.forEach(Process::destroyForcibly);
	}

	@Test
	void shouldKeepFileOfLivingWorkerHoweverManyHaveEndedSince() throws IOException {
		OutputFiles files = new OutputFiles(this.directory);
		OutputFiles.Started quiet = start(files, "echo quiet; exec sleep 600");
		Awaitility.await().until(() -> quiet.tail().lines().equals(List.of("quiet")));
		Path own = this.directory.resolve("worker-1-" + quiet.process().pid() + ".log");
		Files.setLastModifiedTime(own, FileTime.from(Instant.EPOCH));
		for (int i = 0; i < 100; i++) {
			// Of workers that have ended
			Path ended = Files.createFile(this.directory.resolve("worker-1-" + (NO_PID + i) + ".log"));
			Files.setLastModifiedTime(ended, FileTime.from(Instant.ofEpochSecond(1 + i)));
		}
		OutputFiles.Started last = start(files, "echo last; exec sleep 600");
		assertThat(own).exists();
		assertThat(quiet.tail().lines()).containsExactly("quiet");
		assertThat(names()).hasSize(64 + 2)
			.contains("worker-1-" + last.process().pid() + ".log", "worker-1-" + (NO_PID + 99) + ".log",
					"worker-1-" + (NO_PID + 36) + ".log")
			.doesNotContain("worker-1-" + (NO_PID + 35) + ".log");
	}

	@Test
	void shouldAppendWhenFileIsTruncated() throws IOException {
		OutputFiles.Started started = start(new OutputFiles(this.directory),
				"printf '%5000s\\n' before; while ! test -e " + this.directory.resolve("go") + "; do sleep .05; done;"
						+ " echo after; exec sleep 600");
		Path own = this.directory.resolve("worker-1-" + started.process().pid() + ".log");
		Awaitility.await().until(() -> Files.exists(own) && Files.size(own) == 5001);
		// As copytruncate of logrotate(8)
		Files.newByteChannel(own, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING).close();
		Files.createFile(this.directory.resolve("go"));
		Awaitility.await().until(() -> Files.size(own) > 0);
		Awaitility.await().untilAsserted(() -> assertThat(own).hasContent("after"));
	}

	@Test
	void shouldLeaveNoFileWhenProcessCannotBeStarted() {
		OutputFiles files = new OutputFiles(this.directory);
		assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> files.start(new ProcessBuilder("/is/not/there"), 1, ProcessBuilder::start));
		assertThat(names()).isEmpty();
	}

	private OutputFiles.Started start(OutputFiles files, String script) throws IOException {
		OutputFiles.Started started = files.start(new ProcessBuilder("sh", "-c", script), 1, ProcessBuilder::start);
		this.processes.add(started.process());
		return started;
	}

	private List<String> names() {
		try (Stream<Path> files = Files.list(this.directory)) {
			return files.map((file) -> file.getFileName().toString()).toList();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
