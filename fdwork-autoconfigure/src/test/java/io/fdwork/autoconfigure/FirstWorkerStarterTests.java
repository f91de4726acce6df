package io.fdwork.autoconfigure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;

import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.fleet.Fleet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatException;

/**
 * Tests for {@link FirstWorkerStarter}, with a program in the place of the JVM of workers
 * that writes down its pid.
 */
@Timeout(60)
class FirstWorkerStarterTests {

	@TempDir
	private Path temp;

	private Path pids;

	@BeforeEach
	void createJava() throws IOException {
		this.pids = this.temp.resolve("pids");
		Path java = Files.createDirectories(this.temp.resolve("jdk/bin")).resolve("java");
		Files.writeString(java, "#!/bin/sh\necho $$ >> " + this.pids + "\nexec sleep 600\n");
		Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
	}

	@AfterEach
	void end() throws IOException {
		for (long pid : started()) {
			ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
		}
	}

	@Test
	void shouldStartFirstWorkerBeforeBeansAndNoneTwice() throws Exception {
		try (ConfigurableApplicationContext context = start(Waiting.class)) {
			assertThat(context.getBean(Fleet.class).snapshot().starting()).isEqualTo(1);
			// A step of the fleet is done by then
			Awaitility.await()
				.atMost(Duration.ofSeconds(10))
				.until(() -> Files.readString(directory().resolve("fleet.json"))
					.contains("\"pid\":" + started().get(0) + ","));
			assertThat(started()).hasSize(1);
			assertThat(ProcessHandle.of(started().get(0))).isPresent();
		}
		awaitEnd();
	}

	@Test
	void shouldEndItWhenDaemonDoesNotStart() throws Exception {
		assertThatException().isThrownBy(() -> start(Failing.class)).havingRootCause().withMessage("its own");
		awaitEnd();
		assertThat(directory().resolve("fleet.json")).doesNotExist();
		DaemonDirectory.open(directory()).close();
	}

	@Test
	void shouldStartNoneWhenOtherDaemonHoldsDirectory() throws Exception {
		try (DaemonDirectory other = DaemonDirectory.open(directory())) {
			assertThatException().isThrownBy(() -> start(RoleContexts.Application.class))
				.havingRootCause()
				.withMessageContaining("Another daemon");
			assertThat(other.path()).isEqualTo(directory());
		}
		assertThat(this.pids).doesNotExist();
	}

	private ConfigurableApplicationContext start(Class<?> source) {
		return RoleContexts.start(source, "fdwork.role=daemon", "fdwork.directory=" + directory(),
				"fdwork.daemon.listeners[0].address=127.0.0.1", "fdwork.daemon.listeners[0].port=0",
				"fdwork.daemon.fleet.min=2", "fdwork.daemon.fleet.max-starting=1",
				"fdwork.daemon.fleet.cds-archive=false", "fdwork.daemon.fleet.java-home=" + this.temp.resolve("jdk"),
				"fdwork.daemon.fleet.jvm-arguments=-Xmx64m", "test.pids=" + this.pids);
	}

	private void awaitEnd() {
		Awaitility.await()
			.atMost(Duration.ofSeconds(20))
			.until(() -> started().stream().noneMatch((pid) -> ProcessHandle.of(pid).isPresent()));
	}

	private List<Long> started() throws IOException {
		return (Files.exists(this.pids)) ? Files.readAllLines(this.pids).stream().map(Long::valueOf).toList()
				: List.of();
	}

	private Path directory() {
		return this.temp.resolve("d");
	}

	@Configuration(proxyBeanMethods = false)
	static class Waiting {

		@Bean
		String startedBefore(@Value("${test.pids}") Path pids) {
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(pids));
			return "it was started before";
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class Failing {

		@Bean
		String failing(@Value("${test.pids}") Path pids) {
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(pids));
			throw new IllegalStateException("its own");
		}

	}

}
