package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import io.fdwork.fleet.WorkerOutput;
import io.fdwork.internal.launch.JvmSetup;
import io.fdwork.internal.wire.Membership;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
		file.write(new FleetFile.Content("token", null, 1, 1, null, 0, List.of(), null, null));
		file.write(new FleetFile.Content("token", null, 2, 2, null, 0, List.of(), null, null));
		assertThat(file.read().generation()).isEqualTo(2);
		assertThat(mode(this.directory.resolve("fleet.json"))).isEqualTo("rw-------");
	}

	@ParameterizedTest
	@ValueSource(strings = { "no JSON", "null", "{}", "{\"token\":\"t\",\"members\":[null]}",
			"{\"token\":\"t\",\"members\":[],\"next\":{}}", "{\"token\":\"t\",\"members\":[],\"refresh\":{}}",
			"{\"token\":\"t\",\"members\":[],\"next\":{\"batch\":{\"value\":0,\"percentage\":false}}}" })
	void shouldReadNothingWhenFleetFileIsDamaged(String content) throws IOException {
		Files.writeString(this.directory.resolve("fleet.json"), content);
		assertThat(new FleetFile(this.directory).read()).isNull();
	}

	@Test
	void shouldReadWhatItUnderstandsOfWhatAnotherVersionHasWritten() throws IOException {
		Files.writeString(this.directory.resolve("fleet.json"), """
				{"token":"t","later":{},"members":[{"pid":1,"phase":"BAKING","reason":"BEWITCHED"}]}""");
		assertThat(new FleetFile(this.directory).read().members())
			.containsExactly(new FleetFile.Member(1, 0, 0, null, null, 0));
	}

	@Test
	void shouldLetOwnerOnlyReadOutputWhenWorkerIsStarted() throws IOException {
		Path output = Files.createDirectory(this.directory.resolve("output"));
		Path java = Files.createDirectories(this.directory.resolve("jdk/bin")).resolve("java");
		Files.writeString(java, "#!/bin/sh\necho started\n");
		Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
		WorkerCommand command = new WorkerCommand(new JvmSetup(this.directory.resolve("jdk"), Map.of(), Set.of(), null),
				null, "", "Main", List.of(), List.of(), WorkerOutput.FILE, false, List.of(), null);
		try (JvmLauncher launcher = new JvmLauncher(command, this.directory, Runnable::run)) {
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
