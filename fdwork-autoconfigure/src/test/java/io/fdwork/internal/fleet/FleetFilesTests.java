package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import io.fdwork.fleet.WorkerOutput;
import io.fdwork.internal.wire.Membership;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what a fleet leaves in the directory of the daemon, which workers of other
 * users may pass.
 */
class FleetFilesTests {

	@TempDir
	Path directory;

	@Test
	void shouldLetOwnerOnlyReadFleetFileWhenWritten() throws IOException {
		FleetFile file = new FleetFile(this.directory);
		// As a daemon of an earlier version has left it
		Files.createFile(this.directory.resolve("fleet.json.new"));
		file.write(new FleetFile.Content("token", 1, 1, null, List.of()));
		file.write(new FleetFile.Content("token", 2, 2, null, List.of()));
		assertThat(file.read().generation()).isEqualTo(2);
		assertThat(mode(this.directory.resolve("fleet.json"))).isEqualTo("rw-------");
	}

	@Test
	void shouldLetOwnerOnlyReadOutputWhenWorkerIsStarted() throws IOException {
		Path output = Files.createDirectory(this.directory.resolve("output"));
		Path java = Files.createDirectories(this.directory.resolve("jdk/bin")).resolve("java");
		Files.writeString(java, "#!/bin/sh\necho started\n");
		Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
		WorkerCommand command = new WorkerCommand(this.directory.resolve("jdk"), null, "", "Main", List.of(), List.of(),
				Map.of(), null, WorkerOutput.FILE, false, false);
		try (JvmLauncher launcher = new JvmLauncher(command, this.directory)) {
			WorkerProcess process = launcher.launch(null, new Membership("token", 1));
			Awaitility.await()
				.atMost(Duration.ofSeconds(10))
				.until(() -> process.lastLines().equals(List.of("started")));
		}
		assertThat(mode(output)).isEqualTo("rwx------");
		try (Stream<Path> files = Files.list(output)) {
			assertThat(files).singleElement().satisfies((file) -> assertThat(mode(file)).isEqualTo("rw-------"));
		}
	}

	private static String mode(Path path) throws IOException {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
	}

}
