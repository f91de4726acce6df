package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.ArchivedSample.Launch;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A worker that starts from an archive.
 */
class StartupArchiveIT {

	@TempDir
	Path directory;

	@Test
	void shouldStartWorkerFromArchiveWhenTrained() throws IOException {
		Path log = this.directory.resolve("worker.log");
		ForkedJvm worker = new ForkedJvm(command(ArchivedSample.launch()), log);
		try {
			Await.until(() -> worker.requireAlive() && worker.log().contains("Started SampleApplication")
					&& worker.log().contains("No daemon takes this worker"));
			assertThat(worker.log()).doesNotContain("[warning]", "[error]");
			assertThat(this.directory.resolve("classes.log")).content()
				.containsPattern("org\\.springframework\\.context\\.\\S+ source: shared objects file")
				.containsPattern("io\\.fdwork\\.\\S+ source: shared objects file")
				.as("what only a request needs")
				.containsPattern("web\\.\\S*InvocableHandlerMethod source: shared objects file");
			assertThat(Files.readString(Path.of("/proc", String.valueOf(worker.pid()), "maps")))
				.contains(ArchivedSample.ARCHIVES.toString());
		}
		finally {
			worker.kill();
		}
	}

	private List<String> command(Launch launch) {
		List<String> command = new ArrayList<>();
		command.add(ArchivedSample.JAVA_HOME.resolve("bin").resolve("java").toString());
		command.addAll(ArchivedSample.JVM_ARGUMENTS);
		command.addAll(launch.jvmArguments());
		command.addAll(List.of("-Xlog:class+load:file=" + this.directory.resolve("classes.log"), "-jar",
				launch.jar().toString(), "--fdwork.role=worker", "--management.server.port=-1",
				"--fdwork.directory=" + this.directory.resolve("run")));
		return command;
	}

}
