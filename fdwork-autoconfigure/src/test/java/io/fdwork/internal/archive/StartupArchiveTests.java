package io.fdwork.internal.archive;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import io.fdwork.internal.archive.StartupArchive.Launch;
import io.fdwork.internal.launch.JvmSetup;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StartupArchive}, with a script in the place of the JVM.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class StartupArchiveTests {

	private static final String JAVA = """
			#!/bin/sh
			# Records its arguments, and does what a JVM with these would
			home=$(dirname "$0")/..
			echo "$@" >> "$home/calls"
			echo "$(pwd) $NAME" >> "$home/surroundings"
			mode=$(cat "$home/mode")
			if [ "$mode" = hang ]; then
				sleep 600 &
				echo $! > "$home/child.tmp" && mv "$home/child.tmp" "$home/child"
				wait
			fi
			if [ "$1" = -Djarmode=tools ]; then
				[ "$mode" = fail ] && { echo "Unsupported jarmode 'tools'"; exit 1; }
				mkdir -p "$6/lib" && cp "$3" "$6/" && echo a > "$6/lib/a.jar" && echo b > "$6/lib/b.jar"
				exit
			fi
			[ "$mode" = none ] || echo archive > "${1#*=}"
			""";

	private static final List<String> JVM_ARGUMENTS = List.of("-Xmx64m");

	@TempDir
	Path temporary;

	private Path directory;

	private Path javaHome;

	private Path jar;

	private StartupArchive archive;

	@BeforeEach
	void createFakes() throws IOException {
		this.directory = this.temporary.resolve("run").resolve("archives");
		this.javaHome = this.temporary.resolve("jdk");
		Files.createDirectories(this.javaHome.resolve("bin"));
		Path java = Files.writeString(this.javaHome.resolve("bin").resolve("java"), JAVA);
		Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwx------"));
		release("17.0.15");
		mode("work");
		this.jar = createJar("app.jar", true);
		this.archive = newArchive(this.jar, Duration.ofSeconds(30), Map.of());
	}

	@AfterEach
	void close() {
		this.archive.close();
	}

	@ParameterizedTest
	@CsvSource({ "app.jar, app.jar, true", "/srv/app.jar, /srv/app.jar --a=b, true", "app.war, app.war --a=b, true",
			"app, app, true", "app.jar, com.shop.Main, false", "classes, classes.Main, false",
			"classes:lib/a.jar, com.shop.Main, false", "'', '', false" })
	void shouldKnowWhatJavaWasGivenToRun(String classPath, String command, boolean run) {
		assertThat(StartupArchive.isRun(classPath, command)).isEqualTo(run);
	}

	@Test
	void shouldStartAsGivenWhenThereIsNoArchive() {
		assertThat(launch()).isEqualTo(new Launch(JVM_ARGUMENTS, this.jar));
		assertThat(this.directory).doesNotExist();
	}

	@Test
	void shouldStartExtractedJarWithCdsArchiveWhenTrained() throws IOException {
		trainFully();
		Launch launch = launch();
		Path home = onlyHome();
		assertThat(launch.jar()).isEqualTo(home.resolve("application").resolve("app.jar")).isRegularFile();
		assertThat(launch.jvmArguments()).containsExactly("-XX:SharedArchiveFile=" + home.resolve("startup.jsa"),
				"-Xshare:auto", "-Xlog:cds*=off", "-Xmx64m");
		assertThat(home.resolve("startup.jsa")).isRegularFile();
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.directory))).isEqualTo("rwx------");
		assertThat(list(home)).extracting((file) -> file.getFileName().toString())
			.containsExactlyInAnyOrder("application", "startup.jsa", "files");
	}

	@Test
	void shouldStartExtractedJarWithAotCacheWhenJdkHasOne() throws IOException {
		release("25.0.3");
		trainFully();
		assertThat(launch().jvmArguments()).containsExactly("-XX:AOTCache=" + onlyHome().resolve("startup.aot"),
				"-Xlog:aot*=off", "-Xmx64m");
		assertThat(calls().get(1)).startsWith("-XX:AOTCacheOutput=" + onlyHome());
	}

	@Test
	void shouldDisturbNothingWhenTraining() throws IOException {
		this.archive.train(this.jar,
				List.of("-Xmx64m", "-agentlib:jdwp=transport=dt_socket,server=y,address=5005", "-Xlog:gc:file=gc.log"),
				List.of("--fdwork.role=worker", "--fdwork.directory=/run/app", "--management.server.port=9090",
						"--logging.file.name=app.log"));
		awaitFinished();
		List<String> words = List.of(calls().get(1).split(" "));
		assertThat(words).filteredOn((word) -> word.startsWith("--logging.file."))
			.as("not the file of the daemon")
			.containsExactly("--logging.file.name=", "--logging.file.path=");
		assertThat(words).contains("-Xmx64m", "-Dspring.context.exit=onRefresh", "--fdwork.role=worker",
				"--management.server.port=-1");
		assertThat(words).noneMatch((word) -> word.startsWith("-agentlib") || word.startsWith("-Xlog"));
		assertThat(words).filteredOn((word) -> word.startsWith("--fdwork.directory="))
			.singleElement()
			.satisfies((word) -> {
				assertThat(word).isNotEqualTo("--fdwork.directory=/run/app");
				assertThat(Path.of(word.substring(word.indexOf('=') + 1))).doesNotExist();
			});
	}

	@Test
	void shouldTrainOnceWhenThereIsArchive() throws IOException {
		trainFully();
		train();
		newArchive(this.jar, Duration.ofSeconds(30), Map.of()).train(this.jar, JVM_ARGUMENTS, List.of());
		assertThat(archiveThreads()).isEmpty();
		assertThat(calls()).hasSize(2);
	}

	@Test
	void shouldTrainOneAtATime() throws IOException {
		mode("hang");
		train();
		awaitChild();
		train();
		this.archive.train(createJar("other.jar", true), JVM_ARGUMENTS, List.of());
		assertThat(archiveThreads()).singleElement().matches(Thread::isDaemon);
		assertThat(calls()).hasSize(1);
	}

	@Test
	void shouldHaveAnotherArchiveWhenJarChanges() throws IOException {
		trainFully();
		Files.setLastModifiedTime(this.jar, FileTime.fromMillis(0));
		assertThat(launch().jar()).isEqualTo(this.jar);
		Files.write(this.jar, new byte[1], StandardOpenOption.APPEND);
		assertThat(launch().jar()).isEqualTo(this.jar);
	}

	@Test
	void shouldHaveAnotherArchiveWhenJvmOrItsArgumentsChange() throws IOException {
		trainFully();
		List<String> opened = List.of("-Xmx64m", "--add-opens=java.base/java.io=ALL-UNNAMED");
		assertThat(this.archive.launch(this.jar, opened)).isEqualTo(new Launch(opened, this.jar));
		assertThat(this.archive.launch(this.jar, List.of("-Xmx64m", "-Dname=3")).jar()).isNotEqualTo(this.jar);
		release("17.0.16");
		assertThat(launch().jar()).isEqualTo(this.jar);
	}

	@Test
	void shouldHaveSameArchiveWhenJarIsSymbolicLink() throws IOException {
		trainFully();
		Path link = Files.createSymbolicLink(this.temporary.resolve("current.jar"), this.jar);
		assertThat(this.archive.launch(link, JVM_ARGUMENTS)).isEqualTo(launch());
	}

	@Test
	void shouldWarnOnceAndNotRepeatWhenExtractionFails(CapturedOutput output) throws IOException {
		mode("fail");
		train();
		Awaitility.await().until(() -> output.getOut().contains("Unsupported jarmode 'tools'"));
		awaitIdle();
		train();
		awaitIdle();
		assertThat(calls()).hasSize(1);
		assertThat(output.getOut()).containsOnlyOnce("There is no archive for " + this.jar).contains("exited with 1");
		assertThat(this.directory).isEmptyDirectory();
		assertThat(launch().jar()).isEqualTo(this.jar);
	}

	@Test
	void shouldWarnWhenTrainingLeavesNoArchive(CapturedOutput output) {
		mode("none");
		train();
		Awaitility.await().until(() -> output.getOut().contains("the training run has not written an archive"));
		awaitIdle();
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void shouldDestroyProcessesWhenTrainingTakesTooLong(CapturedOutput output) throws IOException {
		mode("hang");
		try (StartupArchive impatient = newArchive(null, Duration.ofSeconds(2), Map.of())) {
			impatient.train(this.jar, JVM_ARGUMENTS, List.of());
			long child = awaitChild();
			Awaitility.await().until(() -> output.getOut().contains("it was not built within PT2S"));
			awaitEnd(child);
		}
	}

	@Test
	void shouldDestroyProcessesWithoutWarningWhenClosed(CapturedOutput output) throws IOException {
		mode("hang");
		train();
		long child = awaitChild();
		this.archive.close();
		awaitEnd(child);
		awaitIdle();
		assertThat(output.getOut()).doesNotContain("There is no archive");
		train();
		assertThat(archiveThreads()).isEmpty();
	}

	@Test
	void shouldBuildNothingWhenJarIsNotExecutable() throws IOException {
		this.archive.train(createJar("plain.jar", false), JVM_ARGUMENTS, List.of());
		this.archive.train(this.temporary, JVM_ARGUMENTS, List.of());
		this.archive.train(this.temporary.resolve("missing.jar"), JVM_ARGUMENTS, List.of());
		awaitIdle();
		assertThat(this.javaHome.resolve("calls")).doesNotExist();
		assertThat(this.directory).doesNotExist();
	}

	@Test
	void shouldLeaveArchiveToArgumentsThatChooseOne() throws IOException {
		trainFully();
		List<String> arguments = List.of("-Xmx64m", "-Xshare:off");
		assertThat(this.archive.launch(this.jar, arguments)).isEqualTo(new Launch(arguments, this.jar));
		StartupArchive inherited = newArchive(null, Duration.ofSeconds(30),
				Map.of("JAVA_TOOL_OPTIONS", "-Dx=y -Xshare:auto"));
		assertThat(inherited.launch(this.jar, JVM_ARGUMENTS).jar()).isEqualTo(this.jar);
	}

	@Test
	void shouldDeleteStaleArchivesWhenNewOneIsFinished() throws IOException {
		Path stale = Files.createDirectories(this.directory.resolve("0123456789abcdef0123456789abcdef"));
		Files.createFile(stale.resolve("startup.jsa"));
		Path foreign = Files.createDirectories(this.directory.resolve("notes"));
		trainFully();
		Awaitility.await().until(() -> !Files.exists(stale));
		assertThat(foreign).exists();
		assertThat(launch().jar()).exists();
	}

	@Test
	void shouldKeepOtherArchivesWhenWorkersMayUseThem() throws IOException {
		Path used = Files.createDirectories(this.directory.resolve("0123456789abcdef0123456789abcdef"));
		Process worker = new ProcessBuilder("tail", "-f", "/dev/null", used.resolve("app.jar").toString())
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			trainFully();
			Launch before = launch();
			Files.setLastModifiedTime(this.jar, FileTime.fromMillis(0));
			trainFully();
			assertThat(before.jar()).exists();
			assertThat(used).exists();
		}
		finally {
			worker.destroyForcibly();
		}
	}

	@Test
	void shouldReplaceWhatKilledProcessHasLeft() throws IOException {
		trainFully();
		Path home = onlyHome();
		Files.delete(home.resolve("startup.jsa"));
		Path left = Files.createFile(home.resolve("startup.jsa.unfinished"));
		assertThat(launch().jar()).isEqualTo(this.jar);
		trainFully();
		assertThat(left).doesNotExist();
	}

	@Test
	void shouldOfferArchiveToDaemonWhenItIsOfItsJar() throws IOException {
		Files.setLastModifiedTime(this.jar, FileTime.fromMillis(1234567));
		trainFully();
		Path home = onlyHome();
		assertThat(daemonArguments()).content()
			.isEqualTo("""
					# %d 1234 %s %s %s
					# %s
					-XX:+IgnoreUnrecognizedVMOptions
					-XX:Tier3DelayOn=0
					-XX:Tier4InvocationThreshold=50000
					-XX:Tier4MinInvocationThreshold=6000
					-XX:Tier4CompileThreshold=150000
					"-XX:SharedArchiveFile=%s"
					"-Xshare:auto"
					"-Xlog:cds*=off"
					"-Dfdwork.archive.jar=%s"
					-jar
					"%s"
					""".formatted(Files.size(this.jar), digest(this.jar), this.jar.toRealPath(),
					this.javaHome.toRealPath(), home, home.resolve("startup.jsa"), this.jar.toRealPath(),
					home.resolve("application").resolve("app.jar")));
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(daemonArguments())))
			.isEqualTo("rw-------");
	}

	@Test
	void shouldStartFromJarAndBuildAgainWhenFileOfArchiveIsMissing(CapturedOutput output) throws IOException {
		trainFully();
		Path home = onlyHome();
		Files.delete(home.resolve("application/lib/b.jar"));
		assertThat(launch()).isEqualTo(new Launch(JVM_ARGUMENTS, this.jar));
		assertThat(launch()).isEqualTo(new Launch(JVM_ARGUMENTS, this.jar));
		assertThat(output.getOut()).containsOnlyOnce("application/lib/b.jar is missing");
		assertThat(daemonArguments()).as("the next daemon must not start from it, either").doesNotExist();
		trainFully();
		assertThat(launch().jar().getParent().resolve("lib/b.jar")).exists();
		assertThat(home).as("nobody runs from it").doesNotExist();
		assertThat(daemonArguments()).content().contains(onlyHome() + "/application");
	}

	@Test
	void shouldKeepDamagedArchiveWhileWorkersRunFromIt() throws IOException {
		trainFully();
		Path home = onlyHome();
		Files.delete(home.resolve("application/lib/b.jar"));
		Process worker = new ProcessBuilder("tail", "-f", "/dev/null", launch().jar().toString(),
				home.resolve("application/app.jar").toString())
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			trainFully();
			assertThat(launch().jar()).exists().isNotEqualTo(home.resolve("application/app.jar"));
			assertThat(home.resolve("application/lib/a.jar")).exists();
		}
		finally {
			worker.destroyForcibly();
		}
	}

	@Test
	void shouldStartFromJarWhenFileOfArchiveWasChanged() throws IOException {
		trainFully();
		Files.writeString(onlyHome().resolve("startup.jsa"), "");
		assertThat(launch().jar()).isEqualTo(this.jar);
		assertThat(StartupArchive.damage(onlyHome().resolve("application/app.jar")))
			.isEqualTo("startup.jsa was changed");
		assertThat(StartupArchive.damage(this.jar)).isNull();
	}

	@Test
	void shouldListFilesAsStatPrintsThem() throws Exception {
		trainFully();
		Path home = onlyHome();
		Process stat = new ProcessBuilder("sh", "-c",
				"cut -d ' ' -f 3- files | tr '\\n' '\\0' | xargs -0 stat -c '%s %Y %n' -- | cmp - files")
			.directory(home.toFile())
			.inheritIO()
			.start();
		assertThat(stat.waitFor()).isZero();
		assertThat(Files.readAllLines(home.resolve("files"))).hasSize(4);
	}

	@Test
	void shouldHaveAnotherArchiveWhenContentChangesButNotSizeAndTime() throws IOException {
		trainFully();
		FileTime time = Files.getLastModifiedTime(this.jar);
		byte[] content = Files.readAllBytes(this.jar);
		content[content.length / 2]++;
		Files.write(this.jar, content);
		Files.setLastModifiedTime(this.jar, time);
		assertThat(launch().jar()).isEqualTo(this.jar);
	}

	@Test
	void shouldTrainWithEnvironmentAndDirectoryOfWorkers() throws IOException {
		trainFully();
		assertThat(Files.readAllLines(this.javaHome.resolve("surroundings"))).hasSize(2)
			.containsOnly(this.temporary.toRealPath() + " value");
	}

	@Test
	void shouldUseNoArchiveWhenOthersCanWriteIt(CapturedOutput output) throws IOException {
		trainFully();
		Files.setPosixFilePermissions(this.directory, PosixFilePermissions.fromString("rwxrwx---"));
		assertThat(launch().jar()).isEqualTo(this.jar);
		launch();
		assertThat(output.getOut()).containsOnlyOnce("others can write there");
	}

	@Test
	void shouldOfferArchiveToDaemonAgainWhenOfferIsGone() throws IOException {
		trainFully();
		Files.delete(daemonArguments());
		train();
		assertThat(daemonArguments()).exists();
		assertThat(calls()).hasSize(2);
	}

	@Test
	void shouldOfferNothingToDaemonOfAnotherJar() throws IOException {
		Path other = createJar("other.jar", true);
		this.archive.train(other, JVM_ARGUMENTS, List.of());
		Awaitility.await().until(() -> !this.archive.launch(other, JVM_ARGUMENTS).jar().equals(other));
		awaitIdle();
		assertThat(daemonArguments()).doesNotExist();
	}

	@Test
	void shouldKeepWhatIsOfferedToDaemonWhenAnotherArchiveIsFinished() throws IOException {
		trainFully();
		Path home = onlyHome();
		Path next = createJar("next.jar", true);
		try (StartupArchive later = newArchive(this.jar, Duration.ofSeconds(30), Map.of())) {
			later.train(next, JVM_ARGUMENTS, List.of());
			Awaitility.await().until(() -> !later.launch(next, JVM_ARGUMENTS).jar().equals(next));
			awaitIdle();
		}
		assertThat(home.resolve("startup.jsa")).exists();
		assertThat(daemonArguments()).content().contains(home.toString());
	}

	private StartupArchive newArchive(Path daemonJar, Duration timeout, Map<String, String> environment) {
		Map<String, String> all = new HashMap<>(environment);
		all.put("NAME", "value");
		return new StartupArchive(this.directory,
				new JvmSetup(this.javaHome, all, Set.of("JAVA_TOOL_OPTIONS"), this.temporary), daemonJar, timeout);
	}

	private static String digest(Path file) throws IOException {
		try {
			return HexFormat.of()
				.formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)))
				.substring(0, 32);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Path daemonArguments() {
		return this.directory.resolve("daemon.args");
	}

	private Launch launch() {
		return this.archive.launch(this.jar, JVM_ARGUMENTS);
	}

	private void train() {
		this.archive.train(this.jar, JVM_ARGUMENTS, List.of("--fdwork.role=worker"));
	}

	private void trainFully() {
		train();
		awaitFinished();
	}

	private void awaitFinished() {
		Awaitility.await().until(() -> !launch().jar().equals(this.jar));
		awaitIdle();
	}

	private static void awaitIdle() {
		Awaitility.await().until(() -> archiveThreads().isEmpty());
	}

	private static List<Thread> archiveThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("fdwork-archive"))
			.toList();
	}

	private long awaitChild() throws IOException {
		Path child = this.javaHome.resolve("child");
		Awaitility.await().until(() -> Files.exists(child));
		return Long.parseLong(Files.readString(child).trim());
	}

	private static void awaitEnd(long pid) {
		Awaitility.await().until(() -> ProcessHandle.of(pid).map((handle) -> !handle.isAlive()).orElse(true));
	}

	private Path onlyHome() throws IOException {
		List<Path> homes = list(this.directory).stream().filter(Files::isDirectory).toList();
		assertThat(homes).hasSize(1);
		return homes.get(0);
	}

	private static List<Path> list(Path directory) throws IOException {
		try (Stream<Path> entries = Files.list(directory)) {
			return entries.toList();
		}
	}

	private List<String> calls() throws IOException {
		return Files.readAllLines(this.javaHome.resolve("calls"));
	}

	private void release(String version) throws IOException {
		Files.writeString(this.javaHome.resolve("release"),
				"IMPLEMENTOR=\"fdwork\"\nJAVA_VERSION=\"" + version + "\"\n");
	}

	private void mode(String mode) {
		try {
			Files.writeString(this.javaHome.resolve("mode"), mode);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Path createJar(String name, boolean executable) throws IOException {
		Manifest manifest = new Manifest();
		manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
		if (executable) {
			manifest.getMainAttributes().putValue("Spring-Boot-Lib", "BOOT-INF/lib/");
		}
		Path jar = this.temporary.resolve(name);
		try (OutputStream file = Files.newOutputStream(jar);
				JarOutputStream out = new JarOutputStream(file, manifest)) {
			out.finish();
		}
		return jar;
	}

}
