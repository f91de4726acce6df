package io.fdwork.fleet;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AdoptedProcess}.
 */
class AdoptedProcessTests {

	private Process parent;

	@AfterEach
	void killParent() {
		this.parent.destroyForcibly();
	}

	@Test
	void shouldFindProcessAndSeeItEnd() throws IOException {
		this.parent = new ProcessBuilder("sleep", "60").start();
		Instant start = this.parent.info().startInstant().orElseThrow();
		assertThat(AdoptedProcess.find(this.parent.pid(), start.plusSeconds(60))).as("another one with its pid").isEmpty();
		WorkerProcess process = AdoptedProcess.find(this.parent.pid(), start).orElseThrow();
		assertThat(process.isAlive()).isTrue();
		process.kill();
		awaitEnd(process);
	}

	@Test
	void shouldNotBeAliveWhenNobodyReapsIt() throws IOException {
		// What the shell becomes waits for no child
		this.parent = new ProcessBuilder("sh", "-c", "sleep 60 & echo $!; exec sleep 60").start();
		long pid;
		try (BufferedReader output = this.parent.inputReader()) {
			pid = Long.parseLong(output.readLine());
		}
		ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
		WorkerProcess process = AdoptedProcess.find(pid, handle.info().startInstant().orElseThrow()).orElseThrow();
		assertThat(process.isAlive()).isTrue();
		process.kill();
		awaitEnd(process);
		assertThat(handle.isAlive()).as("still in the table of processes").isTrue();
	}

	private static void awaitEnd(WorkerProcess process) {
		Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !process.isAlive());
	}

}
