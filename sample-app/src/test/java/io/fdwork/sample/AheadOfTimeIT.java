package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The jar after ahead-of-time processing for the role of a worker, as the plugins of
 * Spring Boot do it.
 */
@Tag("long")
@Timeout(600)
class AheadOfTimeIT {

	private static final String ENABLED = "-Dspring.aot.enabled=true";

	@TempDir
	Path directory;

	@Test
	void shouldServeAsWorkersOfOrdinaryDaemonAndRefuseEachOtherRole() throws Exception {
		Path jar = process(Path.of("target", "sample-app.jar"));
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.jar(jar);
			fleet.serving("web");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=2",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.jvm-arguments=" + ENABLED);
			Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 1);
			List<Long> first = fleet.workers("READY");
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(first.get(0)));
			assertThat(fleet.operate("refresh", null).statusCode()).isEqualTo(200);
			Await.until(() -> fleet.state().at("/fleet/lastRefresh/outcome").asString("").equals("COMPLETED"));
			assertThat(Client.get(fleet.port(), "/pid")).isNotEqualTo(String.valueOf(first.get(0)));
			assertThat(daemon.log()).contains("Starting AOT-processed SampleApplication");
			assertThat(daemon.terminate()).isZero();
		}
		assertRefused(jar, "none");
		assertRefused(jar, "daemon");
	}

	private void assertRefused(Path jar, String role) throws Exception {
		ForkedJvm jvm = java(role + ".log", ENABLED, "-jar", jar.toString(), "--fdwork.role=" + role,
				"--fdwork.directory=" + this.directory.resolve(role));
		assertThat(jvm.awaitExit()).isEqualTo(1);
		assertThat(jvm.log()).contains("APPLICATION FAILED TO START", "were chosen ahead of time (spring.aot.enabled)",
				"without -Dspring.aot.enabled=true");
	}

	/**
	 * Return a jar with what was generated of the application for the role of a worker.
	 */
	private Path process(Path jar) throws Exception {
		Path extracted = this.directory.resolve("extracted");
		assertThat(java("extract.log", "-Djarmode=tools", "-jar", jar.toString(), "extract", "--destination",
				"" + extracted)
			.awaitExit()).isZero();
		String classPath = extracted.resolve(jar.getFileName()) + ":" + extracted.resolve("lib") + "/*";
		Path sources = this.directory.resolve("sources");
		Path resources = this.directory.resolve("resources");
		Path classes = this.directory.resolve("classes");
		ForkedJvm processing = java("process.log", "-cp", classPath,
				"org.springframework.boot.SpringApplicationAotProcessor", SampleApplication.class.getName(),
				sources.toString(), resources.toString(), classes.toString(), "io.fdwork", "sample-app",
				"--fdwork.role=worker");
		assertThat(processing.awaitExit()).as(processing.log()).isZero();
		compile(sources, classes, classPath);
		Path processed = Files.copy(jar, this.directory.resolve("processed.jar"));
		try (FileSystem target = FileSystems.newFileSystem(processed)) {
			for (Path generated : List.of(resources, classes)) {
				add(generated, target.getPath("BOOT-INF", "classes"));
			}
		}
		return processed;
	}

	private static void compile(Path sources, Path classes, String classPath) throws IOException {
		List<String> arguments = new ArrayList<>(
				List.of("-nowarn", "-proc:none", "-cp", classPath, "-d", "" + classes));
		try (Stream<Path> files = Files.walk(sources)) {
			files.filter(Files::isRegularFile).map(Path::toString).forEach(arguments::add);
		}
		assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new)))
			.isZero();
	}

	private static void add(Path generated, Path target) throws IOException {
		try (Stream<Path> files = Files.walk(generated)) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				Path entry = target.resolve(generated.relativize(file).toString());
				Files.createDirectories(entry.getParent());
				Files.copy(file, entry, StandardCopyOption.REPLACE_EXISTING);
			}
		}
	}

	private ForkedJvm java(String log, String... arguments) throws IOException {
		List<String> command = new ArrayList<>();
		command.add(ArchivedSample.JAVA_HOME.resolve("bin").resolve("java").toString());
		command.addAll(ArchivedSample.JVM_ARGUMENTS);
		command.addAll(List.of(arguments));
		return new ForkedJvm(command, this.directory.resolve(log));
	}

}
