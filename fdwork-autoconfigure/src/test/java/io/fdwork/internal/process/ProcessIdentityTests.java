package io.fdwork.internal.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProcessIdentity} and {@link BootClock}.
 */
class ProcessIdentityTests {

	@TempDir
	Path directory;

	@Test
	void shouldTellProcessFromOthers() throws IOException {
		ProcessIdentity own = ProcessIdentity.of(ProcessHandle.current().pid());
		assertThat(own).isEqualTo(ProcessIdentity.of(own.pid())).isNotEqualTo(ProcessIdentity.of(1));
		assertThat(own.isAlive()).isTrue();
		assertThat(new ProcessIdentity(own.pid(), own.startTicks() + 1, own.boot()).isAlive()).isFalse();
		assertThat(new ProcessIdentity(own.pid(), own.startTicks(), "another").isAlive()).isFalse();
		assertThat(ProcessIdentity.of(0)).as("of a peer that the kernel does not show").isNull();
		assertThat(ProcessIdentity.of(1L << 40)).isNull();
	}

	@Test
	void shouldTellResidentMemoryOfThisProcessAlone() throws IOException {
		ProcessIdentity own = ProcessIdentity.of(ProcessHandle.current().pid());
		assertThat(own.residentBytes()).isGreaterThan(Runtime.getRuntime().totalMemory() / 100).isLessThan(1L << 40);
		assertThat(new ProcessIdentity(own.pid(), own.startTicks() + 1, own.boot()).residentBytes()).isZero();
		assertThat(new ProcessIdentity(1L << 40, 1, own.boot()).residentBytes()).isZero();
	}

	@Test
	void shouldReadStartWhateverTheNameOfTheCommand() throws Exception {
		Path command = Files.copy(Path.of("/bin/sleep"), this.directory.resolve("x) Z 1 (y"));
		Process process = new ProcessBuilder(command.toString(), "60").start();
		try {
			Awaitility.await()
				.atMost(Duration.ofSeconds(20))
				.until(() -> Files.readString(Path.of("/proc", String.valueOf(process.pid()), "comm"))
					.startsWith("x) Z"));
			ProcessIdentity identity = ProcessIdentity.of(process.pid());
			assertThat(identity.age()).isBetween(Duration.ZERO, Duration.ofSeconds(30));
			process.destroyForcibly();
			assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
			assertThat(identity.isAlive()).isFalse();
			assertThat(ProcessIdentity.of(identity.pid())).isNull();
		}
		finally {
			process.destroyForcibly();
		}
	}

	@Test
	void shouldCountFromTheBoot() throws IOException {
		assertThat(BootClock.boot()).isEqualTo(Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip());
		Duration before = BootClock.now();
		double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ")[0]);
		assertThat(BootClock.now()).isBetween(before, before.plusSeconds(10));
		assertThat(Duration.ofMillis(Math.round(uptime * 1000))).isBetween(before.minusMillis(20),
				before.plusSeconds(10));
		ProcessHandle own = ProcessHandle.current();
		assertThat(ProcessIdentity.of(own.pid()).age()).isBetween(Duration.ZERO, before.plusSeconds(10));
	}

}
