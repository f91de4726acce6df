package io.fdwork.internal.launch;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link JvmSetup} and {@link LaunchException}, with a script in the place of
 * the JVM.
 */
@Timeout(60)
class JvmSetupTests {

	@TempDir
	Path directory;

	private Path jdk;

	private Path work;

	@BeforeEach
	void create() throws IOException {
		this.jdk = createJdk("jdk");
		this.work = Files.createDirectory(this.directory.resolve("work"));
	}

	@Test
	void shouldStartWithDirectoryAndEnvironmentButWithoutWhatIsWithheld() throws Exception {
		String withheld = System.getenv()
			.keySet()
			.stream()
			.filter((name) -> name.equals("PATH"))
			.findFirst()
			.orElseThrow();
		JvmSetup setup = new JvmSetup(this.jdk, Map.of("NAME", "value"), Set.of(withheld), this.work);
		File output = this.directory.resolve("output").toFile();
		Process process = setup.start(setup.builder(List.of("-a", "b c")).redirectOutput(output));
		assertThat(process.waitFor()).isZero();
		List<String> lines = Files.readAllLines(output.toPath());
		assertThat(lines).startsWith(this.work.toRealPath().toString(), "-a,b c,")
			.contains("NAME=value")
			.anyMatch((line) -> line.startsWith("FDWORK_LAUNCH=" + ProcessHandle.current().pid() + "-"));
		assertThat(setup.builder(List.of()).environment()).doesNotContainKey(withheld);
	}

	@Test
	void shouldEndProcessThatNobodyWouldKnowOf() {
		JvmSetup setup = new JvmSetup(this.jdk, Map.of(), Set.of(), this.work);
		Process[] started = new Process[1];
		assertThatExceptionOfType(LaunchException.class)
			.isThrownBy(() -> setup.start(setup.builder(List.of("sleep")), (builder) -> {
				started[0] = builder.start();
				Awaitility.await()
					.until(() -> ProcessVariables.has(started[0].pid(),
							"FDWORK_LAUNCH=" + builder.environment().get("FDWORK_LAUNCH")));
				throw new OutOfMemoryError("unable to create native thread: possibly out of memory");
			}))
			.withMessageContaining("No more processes or threads")
			.withMessageContaining("ulimit -u");
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> !started[0].isAlive());
	}

	@Test
	void shouldNameWorkingDirectoryThatIsGone() throws IOException {
		Files.delete(this.work);
		assertThatExceptionOfType(LaunchException.class).isThrownBy(this::start)
			.withMessage("The working directory " + this.work
					+ " is gone: create it again, or set fdwork.daemon.fleet.working-directory");
	}

	@Test
	void shouldNameJdkThatIsGone() throws IOException {
		Files.delete(this.jdk.resolve("bin/java"));
		assertThatExceptionOfType(LaunchException.class).isThrownBy(this::start)
			.withMessageContaining("There is no " + this.jdk.resolve("bin/java"))
			.withMessageContaining("fdwork.daemon.fleet.java-home");
	}

	@Test
	void shouldSayThatDaemonMustBeStartedAnewWhenItsOwnJdkWasReplaced() throws IOException {
		JvmSetup setup = new JvmSetup(this.jdk, Map.of(), Set.of(), this.work);
		IOException failure = new IOException(
				"Cannot run program \"java\": error=0, Failed to exec spawn helper: pid: 1");
		assertThat(LaunchException.of(setup, failure)).hasMessageContaining("start the daemon anew");
		Path other = createJdk("other");
		IOException unclear = new IOException("error=2, No such file or directory");
		assertThat(LaunchException.of(setup, unclear, other)).hasMessageContaining("start the daemon anew")
			.hasMessageContaining(other.toString());
	}

	@Test
	void shouldNameLimitsOfSystem() {
		JvmSetup setup = new JvmSetup(this.jdk, Map.of(), Set.of(), this.work);
		assertThat(LaunchException.of(setup, new IOException("error=11, Resource temporarily unavailable")))
			.hasMessageContaining("ulimit -u");
		assertThat(LaunchException.of(setup, new IOException("error=12, Cannot allocate memory")))
			.hasMessageContaining("not enough memory");
		assertThat(LaunchException.of(setup, new IOException("error=24, Too many open files")))
			.hasMessageContaining("ulimit -n");
		assertThat(LaunchException.of(setup, new IOException("error=13, Permission denied")))
			.hasMessageContaining("Permission denied");
	}

	private void start() throws LaunchException {
		JvmSetup setup = new JvmSetup(this.jdk, Map.of(), Set.of(), this.work);
		setup.start(setup.builder(List.of()));
	}

	private Path createJdk(String name) throws IOException {
		Path java = Files.createDirectories(this.directory.resolve(name).resolve("bin")).resolve("java");
		Files.writeString(java, """
				#!/bin/sh
				[ "$1" != sleep ] || exec sleep 600
				/bin/pwd
				for word; do printf %s, "$word"; done
				echo
				/usr/bin/env
				""");
		Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
		return this.directory.resolve(name);
	}

}
