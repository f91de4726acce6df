package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link JarDirectories}.
 */
class JarDirectoriesTests {

	@TempDir
	private Path temp;

	private Path one;

	private Path two;

	private Path current;

	@BeforeEach
	void release() throws IOException {
		this.one = Files.createDirectories(this.temp.resolve("releases/1"));
		this.two = Files.createDirectories(this.temp.resolve("releases/2"));
		Files.writeString(this.one.resolve("app.jar"), "1");
		Files.writeString(this.two.resolve("app.jar"), "2");
		Files.writeString(this.temp.resolve("other.jar"), "other");
		this.current = Files.createSymbolicLink(this.temp.resolve("current"), this.one);
	}

	@Test
	void shouldAllowDirectoryOfJarAloneByDefault() throws IOException {
		JarDirectories directories = new JarDirectories(null, this.current.resolve("app.jar"));
		assertAllowed(directories, this.current.resolve("app.jar"));
		assertAllowed(directories, this.current.resolve("none.jar"));
		assertAllowed(directories, this.one.resolve("app.jar"));
		assertRefused(directories, this.two.resolve("app.jar"));
		assertRefused(directories, this.temp.resolve("other.jar"));
		assertRefused(directories, this.one.resolve("../2/app.jar"));
		assertRefused(directories, this.current.resolve("../other.jar"));
		Files.createDirectory(this.one.resolve("below"));
		assertRefused(directories, Files.writeString(this.one.resolve("below/app.jar"), "below"));
	}

	@Test
	void shouldFollowLinkThatWasSwitched() throws IOException {
		JarDirectories directories = new JarDirectories(null, this.current.resolve("app.jar"));
		Files.delete(this.current);
		Files.createSymbolicLink(this.current, this.two);
		assertAllowed(directories, this.current.resolve("app.jar"));
		assertAllowed(directories, this.two.resolve("app.jar"));
		assertRefused(directories, this.one.resolve("app.jar"));
	}

	@Test
	void shouldAllowWhatIsBelowConfiguredDirectories() {
		JarDirectories directories = new JarDirectories(List.of(this.temp.resolve("releases")),
				this.temp.resolve("other.jar"));
		assertAllowed(directories, this.two.resolve("app.jar"));
		assertAllowed(directories, this.temp.resolve("releases/3/app.jar"));
		assertAllowed(directories, this.current.resolve("app.jar"));
		assertRefused(directories, this.temp.resolve("other.jar"));
		assertRefused(directories, this.temp.resolve("releases/../other.jar"));
		assertRefused(directories, this.temp.resolve("releases-of-others/app.jar"));
	}

	@Test
	void shouldAllowConfiguredLink() {
		JarDirectories directories = new JarDirectories(List.of(this.current), null);
		assertAllowed(directories, this.current.resolve("app.jar"));
		assertAllowed(directories, this.one.resolve("app.jar"));
		assertRefused(directories, this.two.resolve("app.jar"));
	}

	@Test
	void shouldAllowNothingWhenThereIsNoJarAndNoDirectory() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> new JarDirectories(null, null).check(this.one.resolve("app.jar").toString()))
			.withMessageContaining("there is none")
			.withMessageContaining("fdwork.daemon.fleet.jar-directories");
		assertRefused(new JarDirectories(List.of(), this.one.resolve("app.jar")), this.one.resolve("app.jar"));
	}

	private static void assertAllowed(JarDirectories directories, Path jar) {
		assertThat(directories.check(jar.toString())).isEqualTo(jar.toAbsolutePath().normalize());
	}

	private static void assertRefused(JarDirectories directories, Path jar) {
		assertThatIllegalArgumentException().isThrownBy(() -> directories.check(jar.toString()))
			.withMessageContaining(jar.normalize().toString());
	}

}
