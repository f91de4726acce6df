package io.fdwork.sample.chaos;

import java.util.List;
import java.util.Set;

import io.fdwork.sample.fixture.Await;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Processes}.
 */
class ProcessesTests {

	private static final String ARGUMENT = "--of=" + ProcessesTests.class.getName() + ProcessHandle.current().pid();

	private Process process;

	@BeforeEach
	void startProcess() throws Exception {
		this.process = new ProcessBuilder("setsid", "sh", "-c", "read line", ARGUMENT).start();
		Await.until(() -> Processes.groups(List.of(this.process.pid())).equals(Set.of(-this.process.pid())));
	}

	@AfterEach
	void killProcess() {
		this.process.destroyForcibly();
	}

	@Test
	void shouldFindProcessByItsArgument() throws Exception {
		Await.until(() -> Processes.withArgument(ARGUMENT).equals(Set.of(this.process.pid())));
		assertThat(Processes.withArgument(ARGUMENT + "0")).isEmpty();
	}

	@Test
	void shouldSignalGroup() throws Exception {
		assertThat(Processes.isStopped(this.process.pid())).isFalse();
		Processes.signal("STOP", Set.of(-this.process.pid()));
		Await.until(() -> Processes.isStopped(this.process.pid()));
		Processes.signal("KILL", Processes.groups(List.of(this.process.pid())));
		assertThat(this.process.waitFor()).isEqualTo(137);
		assertThat(Processes.isAlive(this.process.pid())).isFalse();
		assertThat(Processes.groups(List.of(this.process.pid()))).isEmpty();
		assertThat(Processes.withArgument(ARGUMENT)).isEmpty();
	}

}
