package io.fdwork.internal.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;

import io.fdwork.OpenFiles;
import io.fdwork.internal.wire.DirectoryUnusableException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link DaemonDirectory}.
 */
@Timeout(60)
class DaemonDirectoryTests {

	@TempDir
	Path parent;

	private Path path;

	@BeforeEach
	void choosePath() {
		this.path = this.parent.resolve("run");
	}

	@Test
	void shouldCreateDirectoryForOwnerAlone() throws IOException {
		Path nested = this.parent.resolve("a").resolve("b");
		try (DaemonDirectory directory = DaemonDirectory.open(nested)) {
			assertThat(mode(nested)).isEqualTo("rwx------");
			assertThat(directory.path()).isEqualTo(nested.toRealPath());
			assertThat(directory.controlSocket().getParent()).isEqualTo(nested);
		}
	}

	@Test
	void shouldUseDirectoryThatIsThere() throws IOException {
		Files.createDirectory(this.path,
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		Files.writeString(this.path.resolve("daemon.lock"), "4711 and something longer that a dead daemon left");
		try (DaemonDirectory directory = DaemonDirectory.open(this.path)) {
			assertThat(directory.path().resolve("daemon.lock")).hasContent(pid());
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "rwxr-xr-x", "rwxrwx---", "rwx-----x", "rwxrwxrwx", "r-x------" })
	void shouldRefuseDirectoryOfWrongMode(String mode) throws IOException {
		Files.createDirectory(this.path);
		Files.setPosixFilePermissions(this.path, PosixFilePermissions.fromString(mode));
		assertThatExceptionOfType(DirectoryUnusableException.class).isThrownBy(() -> DaemonDirectory.open(this.path))
			.withMessageContaining(mode)
			.satisfies((ex) -> assertThat(ex.getAction()).contains("chmod 0700"));
		assertThat(this.path).isEmptyDirectory();
		assertThat(mode(this.path)).isEqualTo(mode);
	}

	@Test
	void shouldCreateDirectoryThatOthersPassWhenShared() throws IOException {
		try (DaemonDirectory directory = DaemonDirectory.open(this.path, true)) {
			assertThat(mode(directory.path())).isEqualTo("rwx--x--x");
			assertThat(mode(directory.path().resolve("daemon.lock"))).isEqualTo("rw-------");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "rwx--x---", "rwxr-xr-x", "rwx-----x" })
	void shouldUseDirectoryThatOthersPassWhenShared(String mode) throws IOException {
		Files.createDirectory(this.path);
		Files.setPosixFilePermissions(this.path, PosixFilePermissions.fromString(mode));
		DaemonDirectory.open(this.path, true).close();
		assertThat(mode(this.path)).isEqualTo(mode);
	}

	@ParameterizedTest
	@ValueSource(strings = { "rwx------", "rwxrwx--x", "rwx--x-wx", "r-x--x--x" })
	void shouldRefuseDirectoryOfWrongModeWhenShared(String mode) throws IOException {
		Files.createDirectory(this.path);
		Files.setPosixFilePermissions(this.path, PosixFilePermissions.fromString(mode));
		assertThatExceptionOfType(DirectoryUnusableException.class)
			.isThrownBy(() -> DaemonDirectory.open(this.path, true))
			.withMessageContaining(mode)
			.satisfies((ex) -> assertThat(ex.getAction()).contains("chmod 0711", "fdwork.daemon.allowed-users"));
	}

	@Test
	void shouldPutBackWhatSomebodyDeletes() throws Exception {
		try (DaemonDirectory directory = DaemonDirectory.open(this.path)) {
			assertThat(directory.restore()).isFalse();
			Files.delete(this.path.resolve("daemon.lock"));
			assertThat(directory.restore()).isTrue();
			Files.delete(this.path.resolve("daemon.lock"));
			Files.delete(this.path);
			assertThat(directory.restore()).isTrue();
			assertThat(directory.restore()).isFalse();
			assertThat(mode(this.path)).isEqualTo("rwx------");
			assertThat(openInAnotherProcess()).as("locked again").contains("SecondDaemonException");
		}
		assertThat(openInAnotherProcess()).isEqualTo("opened");
	}

	@Test
	void shouldNotFollowLinkWhenDirectoryIsPutBack() throws Exception {
		try (DaemonDirectory directory = DaemonDirectory.open(this.path)) {
			Files.delete(this.path.resolve("daemon.lock"));
			Files.delete(this.path);
			Path other = this.parent.resolve("other");
			DaemonDirectory.open(other).close();
			Files.createSymbolicLink(this.path, other);
			assertThatExceptionOfType(DirectoryUnusableException.class).isThrownBy(directory::restore)
				.withMessageContaining("has become a link");
		}
	}

	@Test
	void shouldRefuseFile() throws IOException {
		Files.createFile(this.path);
		assertThatExceptionOfType(DirectoryUnusableException.class).isThrownBy(() -> DaemonDirectory.open(this.path))
			.withMessageContaining("is not a directory");
	}

	@Test
	void shouldRefuseDirectoryBelowFile() throws IOException {
		Files.createFile(this.path);
		assertThatExceptionOfType(DirectoryUnusableException.class)
			.isThrownBy(() -> DaemonDirectory.open(this.path.resolve("below")))
			.withMessageContaining("cannot be used");
	}

	@Test
	void shouldRefuseTooLongPath() {
		Path tooLong = this.parent.resolve("d".repeat(100));
		assertThatExceptionOfType(DirectoryUnusableException.class).isThrownBy(() -> DaemonDirectory.open(tooLong))
			.withMessageContaining("is too long");
		assertThat(tooLong).doesNotExist();
	}

	@Test
	void shouldRefuseSecondDaemonOfThisProcess() throws IOException {
		try (DaemonDirectory directory = DaemonDirectory.open(this.path)) {
			Path link = Files.createSymbolicLink(this.parent.resolve("link"), this.path);
			for (Path again : new Path[] { this.path, link, this.path.resolve(".") }) {
				assertThatExceptionOfType(SecondDaemonException.class).isThrownBy(() -> DaemonDirectory.open(again))
					.withMessageContaining("pid " + pid())
					.satisfies((ex) -> assertThat(ex.getAction()).contains("Stop that daemon"));
			}
			assertThat(directory.path()).exists();
		}
		DaemonDirectory.open(this.path).close();
	}

	@Test
	void shouldRefuseDaemonOfAnotherProcess() throws Exception {
		try (DaemonDirectory directory = DaemonDirectory.open(this.path)) {
			assertThat(openInAnotherProcess()).contains("SecondDaemonException").contains("pid " + pid());
			assertThatExceptionOfType(SecondDaemonException.class).isThrownBy(() -> DaemonDirectory.open(this.path));
			assertThat(openInAnotherProcess()).as("after a second attempt in this process")
				.contains("SecondDaemonException");
			assertThat(directory.path()).exists();
		}
		assertThat(openInAnotherProcess()).isEqualTo("opened");
	}

	@Test
	void shouldFindDaemonOfAnotherProcessWithoutOpening() throws Exception {
		try (DaemonDirectory directory = DaemonDirectory.open(this.path)) {
			assertThat(askAnotherProcess("check")).contains("SecondDaemonException").contains("pid " + pid());
			DaemonDirectory.checkUsable(this.path);
			assertThat(openInAnotherProcess()).as("still locked").contains("SecondDaemonException");
			assertThat(directory.path()).exists();
		}
		assertThat(askAnotherProcess("check")).isEqualTo("opened");
		DaemonDirectory.checkUsable(this.path);
		assertThat(openInAnotherProcess()).isEqualTo("opened");
	}

	private String openInAnotherProcess() throws Exception {
		return askAnotherProcess("open");
	}

	private String askAnotherProcess(String what) throws Exception {
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
				"-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), OtherProcess.class.getName(),
				this.path.toString(), what)
			.redirectErrorStream(true)
			.start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
		return output.substring(output.indexOf("result: ") + "result: ".length()).trim();
	}

	@Test
	void shouldLeaveNothingOpen() {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (DaemonDirectory directory = DaemonDirectory.open(this.path)) {
				assertThatExceptionOfType(SecondDaemonException.class)
					.isThrownBy(() -> DaemonDirectory.open(directory.path()));
			}
		});
	}

	private static String mode(Path path) throws IOException {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
	}

	private static String pid() {
		return String.valueOf(ProcessHandle.current().pid());
	}

	/**
	 * Tries to open the directory.
	 */
	static final class OtherProcess {

		private OtherProcess() {
		}

		public static void main(String[] args) {
			if (args[1].equals("check")) {
				try {
					DaemonDirectory.checkUsable(Path.of(args[0]));
					System.out.println("result: opened");
				}
				catch (SecondDaemonException ex) {
					System.out.println("result: " + ex);
				}
				return;
			}
			try (DaemonDirectory directory = DaemonDirectory.open(Path.of(args[0]))) {
				System.out.println("result: opened");
			}
			catch (RuntimeException ex) {
				System.out.println("result: " + ex);
			}
		}

	}

}
