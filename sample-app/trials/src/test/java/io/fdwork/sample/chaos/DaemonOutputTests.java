package io.fdwork.sample.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.sample.fixture.Await;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DaemonOutput}.
 */
class DaemonOutputTests {

	@TempDir
	Path directory;

	@Test
	void shouldLetWriterWaitWhileItIsBlocked() throws Exception {
		Path log = this.directory.resolve("log");
		try (DaemonOutput output = new DaemonOutput(this.directory.resolve("pipe"), log)) {
			assertThat(start(output, "first").waitFor()).isZero();
			Await.until(() -> Files.readString(log).equals("first\n"));
			output.block();
			Process second = start(output, "second");
			try {
				assertThat(second.waitFor(1, TimeUnit.SECONDS)).isFalse();
				output.unblock();
				assertThat(second.waitFor()).isZero();
				Await.until(() -> Files.readString(log).endsWith("second\n"));
			}
			finally {
				second.destroyForcibly();
			}
		}
	}

	private static Process start(DaemonOutput output, String text) throws IOException {
		List<String> command = new ArrayList<>(output.command());
		command.addAll(List.of("echo", text));
		return new ProcessBuilder(command).start();
	}

}
