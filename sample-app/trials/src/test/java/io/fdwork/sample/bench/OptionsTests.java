package io.fdwork.sample.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Options}.
 */
class OptionsTests {

	private static final Path OUTPUT = Path.of("target", "bench");

	@TempDir
	Path directory;

	@Test
	void shouldMeasureAllWhenNothingIsSaid() {
		assertThat(Options.parse()).isEqualTo(new Options(Set.of(), Set.of(), 1, 5, Duration.ofSeconds(10),
				Duration.ofSeconds(45), true, null, OUTPUT));
	}

	@Test
	void shouldTakeLastWordWhenItDiffersFromQuick() {
		assertThat(Options.parse("--quick", "--peers=tomcat", "--launches=10", "--rounds=3"))
			.isEqualTo(new Options(Set.of("connections", "keep-alive"), Set.of("tomcat"), 10, 3, Duration.ofSeconds(2),
					Duration.ofSeconds(4), true, null, OUTPUT));
	}

	@Test
	void shouldFailWhenArgumentMeansNothing() {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--round=3"))
			.withMessage("What is --round=3?");
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--launches=0"));
	}

	@Test
	void shouldFindJarsWhenBuildBeforeIsDirectoryOrJar() throws Exception {
		assertThatIllegalArgumentException().isThrownBy(() -> Options.parse("--before=" + this.directory))
			.withMessageContaining("target/sample-app.jar");
		Path jar = Files.createFile(Files.createDirectory(this.directory.resolve("target")).resolve("sample-app.jar"));
		assertThat(Options.parse("--before=" + this.directory).before()).isEqualTo(this.directory);
		assertThat(WebServer.REACTOR_NETTY.jar(this.directory)).isEqualTo(jar);
		assertThat(WebServer.JETTY.jar(this.directory))
			.isEqualTo(this.directory.resolve("jetty").resolve("target").resolve("sample-app.jar"));
		assertThat(WebServer.JETTY.jar(jar)).isEqualTo(jar);
	}

}
