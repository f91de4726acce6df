package io.fdwork.internal.fleet;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.internal.process.ProcessIdentity;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AdoptedProcess}.
 */
class AdoptedProcessTests {

	private final List<ProcessHandle> started = new ArrayList<>();

	@AfterEach
	void kill() {
		this.started.forEach(ProcessHandle::destroyForcibly);
	}

	@Test
	void shouldFindProcessAndSeeItEnd() throws IOException {
		ProcessIdentity sleep = ProcessIdentity.of(start("sleep", "60").pid());
		ProcessIdentity other = new ProcessIdentity(sleep.pid(), sleep.startTicks() - 1, sleep.boot());
		assertThat(AdoptedProcess.find(other)).as("another one with its pid").isEmpty();
		WorkerProcess process = AdoptedProcess.find(sleep).orElseThrow();
		assertThat(process.isAlive()).isTrue();
		process.kill();
		awaitEnd(process);
		assertThat(AdoptedProcess.find(sleep)).isEmpty();
	}

	@Test
	void shouldNotBeAliveWhenNobodyReapsIt() throws IOException {
		// What the shell becomes waits for no child
		Process parent = start("sh", "-c", "sleep 60 & echo $!; exec sleep 60");
		long pid;
		try (BufferedReader output = parent.inputReader()) {
			pid = Long.parseLong(output.readLine());
		}
		ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
		this.started.add(handle);
		// A shell that has not become that yet may reap its child
		Awaitility.await()
			.atMost(Duration.ofSeconds(20))
			.until(() -> Files.readString(Path.of("/proc", String.valueOf(parent.pid()), "comm"))
				.strip()
				.equals("sleep"));
		WorkerProcess process = AdoptedProcess.find(ProcessIdentity.of(pid)).orElseThrow();
		assertThat(process.isAlive()).isTrue();
		process.kill();
		awaitEnd(process);
		assertThat(handle.isAlive()).as("still in the table of processes").isTrue();
		assertThat(AdoptedProcess.find(process.identity())).isEmpty();
	}

	private Process start(String... command) throws IOException {
		Process process = new ProcessBuilder(command).start();
		this.started.add(process.toHandle());
		return process;
	}

	private static void awaitEnd(WorkerProcess process) {
		Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !process.isAlive());
	}

}
