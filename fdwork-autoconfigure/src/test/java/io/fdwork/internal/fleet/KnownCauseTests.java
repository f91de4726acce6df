package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link KnownCause}, with what JVMs have said.
 */
class KnownCauseTests {

	private static final String EXPORTER = "-javaagent:/srv/exporter.jar=9404:/srv/exporter.yml";

	private static final KnownCause.Jvm PLAIN = jvm(List.of("-Xmx64m"), Map.of());

	@Test
	void shouldNameAgentWhenPortIsTaken() {
		KnownCause.Jvm jvm = jvm(List.of("-Xmx64m", EXPORTER, "-Dserver=x"), Map.of());
		assertThat(remedy("""
				java.net.BindException: Address already in use
				FATAL ERROR in native method: processing of -javaagent failed, processJavaStart failed""", jvm))
			.contains("started with " + EXPORTER, "fdwork.daemon.fleet.jvm-arguments");
		assertThat(remedy("""
				ERROR: transport error 202: bind failed: Address already in use
				ERROR: JDWP Transport dt_socket failed to initialize, TRANSPORT_INIT(510)""",
				jvm(List.of(), Map.of("JAVA_TOOL_OPTIONS", "-Da=b -agentlib:jdwp=transport=dt_socket,address=5005"))))
			.contains("JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,address=5005");
	}

	@Test
	void shouldNameAgentWhenItsStackTraceIsNotAmongTheLastLines() {
		assertThat(remedy("""
				FATAL ERROR in native method: processing of -javaagent failed, processJavaStart failed
				C  [libjli.so+0x7b49]  ThreadJavaMain+0x9""", jvm(List.of(EXPORTER), Map.of())))
			.contains("started with [" + EXPORTER + "]", "port", "fdwork.daemon.fleet.jvm-arguments");
	}

	@Test
	void shouldNameArgumentThatHasPort() {
		assertThat(remedy("Error: JMX connector server communication error\nPort already in use: 9010; nested",
				jvm(List.of("-Xmx9010m", "-Dcom.sun.management.jmxremote.port=9010", EXPORTER), Map.of())))
			.contains("started with -Dcom.sun.management.jmxremote.port=9010,")
			.doesNotContain("exporter", "Xmx");
	}

	@Test
	void shouldNameArgumentsOfApplicationWhenPortIsNotOfAgent() {
		assertThat(
				remedy("Web server failed to start. Port 7001 was already in use.", jvm(List.of(EXPORTER), Map.of())))
			.contains("port 0", "fdwork.daemon.fleet.arguments")
			.doesNotContain("exporter");
	}

	@Test
	void shouldNameDamageWhenStartedFromArchive(@TempDir Path directory) throws IOException {
		Path home = directory.resolve("0123456789abcdef0123456789abcdef");
		Path jar = Files.createDirectories(home.resolve("application")).resolve("app.jar");
		Files.writeString(jar, "jar");
		Files.writeString(home.resolve("files"), "3 %d application/app.jar\n9 0 application/lib/gone.jar\n"
			.formatted(Files.getLastModifiedTime(jar).toMillis() / 1000));
		KnownCause.Jvm jvm = new KnownCause.Jvm(List.of(), Map.of(), jar);
		assertThat(remedy("Exception in thread \"main\" java.lang.NoClassDefFoundError: a/B", jvm)).contains("archive",
				"application/lib/gone.jar is missing", "built again");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
							java.lang.Error: Properties init: Could not determine current working directory. | fdwork.daemon.fleet.working-directory
							Error opening zip file or JAR manifest missing : agent.jar | jar of an agent is not there
					Error: Unable to access jarfile /srv/app.jar | Bring the jar back
							Error: Could not find or load main class x Caused by: java.lang.UnsupportedClassVersionError: x | java-home
							Error: could not open `/jdk/lib/jvm.cfg' | start the daemon anew
							/jdk/bin/java: error while loading shared libraries: libjli.so: cannot open | start the daemon anew
							# There is insufficient memory for the Java Runtime Environment to continue. | -Xmx
							Error occurred during initialization of VM: Could not reserve enough space for object heap | smaller -Xmx
							java.lang.OutOfMemoryError: Java heap space | larger -Xmx
							java.lang.OutOfMemoryError: unable to create native thread: possibly out of memory | ulimit -u
							Error occurred during initialization of VM Cannot create worker GC thread. Out of system resources. | ulimit -u
							Unrecognized VM option 'UseNothing' | fdwork.daemon.fleet.jvm-arguments
							java.net.SocketException: Too many open files | ulimit -n
							""")
	void shouldSayWhatToDo(String said, String remedy) {
		assertThat(remedy(said, PLAIN)).contains(remedy);
	}

	@Test
	void shouldSayWhoMayHaveKilledIt() {
		assertThat(KnownCause.remedy("", 9, PLAIN)).contains("dmesg");
		assertThat(KnownCause.remedy("", 15, PLAIN)).isNull();
		assertThat(remedy("java.lang.IllegalStateException: The database is away", PLAIN)).isNull();
	}

	private static @Nullable String remedy(String said, KnownCause.Jvm jvm) {
		return KnownCause.remedy(said, null, jvm);
	}

	private static KnownCause.Jvm jvm(List<String> arguments, Map<String, String> environment) {
		return new KnownCause.Jvm(arguments, environment, Path.of("/srv/app.jar"));
	}

}
