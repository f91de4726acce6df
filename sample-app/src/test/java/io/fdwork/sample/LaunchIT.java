package io.fdwork.sample;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a daemon starts its workers, and what it says when the surroundings do not let it.
 */
@Tag("long")
@Timeout(600)
class LaunchIT {

	@Test
	void shouldNameArgumentWhenAgentOfDaemonWantsFixedPort() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path agent = createAgent(fleet.directory().resolve("agent.jar"));
			int port = Ports.free();
			String argument = "-javaagent:" + agent + "=" + port;
			fleet.withoutArchive();
			fleet.prefix("env", "JAVA_TOOL_OPTIONS=" + argument);
			fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
					"--fdwork.daemon.fleet.cds-archive=false");
			Await.until(() -> !fleet.state().at("/fleet/exits/0").isMissingNode());
			JsonNode exit = fleet.state().at("/fleet/exits/0");
			assertThat(exit.path("reason").asString()).isEqualTo("EARLY");
			assertThat(exit.path("cause").asString()).contains(argument, "fdwork.daemon.fleet.jvm-arguments");
		}
	}

	@Test
	void shouldGiveOptionsOnceAndNameWorkingDirectoryThatIsGone() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path work = Files.createDirectory(fleet.directory().resolve("work"));
			fleet.withoutArchive();
			fleet.prefix("env", "JDK_JAVA_OPTIONS='-Dsample.marker=one two' -agentlib:jdwp=transport=dt_socket,"
					+ "server=y,suspend=n,address=127.0.0.1:" + Ports.free());
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.max-start-failures=3",
					"--fdwork.daemon.fleet.working-directory=" + work);
			long worker = awaitWorker(fleet, 0);
			assertThat(Files.readSymbolicLink(process(worker, "cwd"))).isEqualTo(work.toRealPath());
			assertThat(words(worker, "cmdline")).containsOnlyOnce("-Dsample.marker=one two")
				.noneMatch((word) -> word.contains("jdwp"));
			assertThat(words(worker, "environ")).noneMatch((variable) -> variable.startsWith("JDK_JAVA_OPTIONS"));

			Files.delete(work);
			kill(worker);
			Await.until(() -> daemon.requireAlive()
					&& daemon.log()
						.contains("A worker cannot be started: The working " + "directory " + work
								+ " is gone: create it again")
					|| fleet.state()
						.at("/fleet/reason")
						.asString("")
						.contains("The working directory " + work + " is gone: create it again"));
			Files.createDirectory(work);
			fleet.operate("resume", null);
			awaitWorker(fleet, worker);
		}
	}

	@Test
	void shouldSayThatDaemonMustBeStartedAnewWhenItsJdkIsReplaced() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path jdk = copyJdk(fleet.directory().resolve("jdk"));
			fleet.withoutArchive();
			fleet.prefix("sh", "-c", "shift; exec " + jdk + "/bin/java \"$@\"", "java");
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.max-start-failures=2");
			long worker = awaitWorker(fleet, 0);
			Files.delete(jdk.resolve("lib/jspawnhelper"));
			kill(worker);
			Await.until(() -> daemon.requireAlive() && fleet.state()
				.at("/fleet/reason")
				.asString("")
				.contains("The JDK that this daemon runs, " + jdk.toRealPath() + ", was removed or replaced"));
			assertThat(fleet.state().at("/fleet/reason").asString()).contains("start the daemon anew");
		}
	}

	@Test
	void shouldStartFromJarAndBuildArchiveAgainWhenLibraryIsMissing() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.withoutArchive();
			Path jar = Files.copy(ArchivedSample.JAR, fleet.directory().resolve("app.jar"));
			ForkedJvm daemon = fleet.startDaemon("--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
					"--fdwork.daemon.fleet.jar=" + jar);
			long first = awaitWorker(fleet, 0);
			assertThat(words(first, "cmdline")).contains(jar.toRealPath().toString());
			Path archives = fleet.directory().resolve("run/archives");
			Path home = awaitArchive(daemon, archives, null);
			kill(first);
			long archived = awaitWorker(fleet, first);
			assertThat(words(archived, "cmdline")).contains(home.resolve("application/app.jar").toString());

			Path library;
			try (Stream<Path> libraries = Files.list(home.resolve("application/lib"))) {
				library = libraries.filter((path) -> path.getFileName().toString().startsWith("spring-core-"))
					.findFirst()
					.orElseThrow();
			}
			Files.delete(library);
			kill(archived);
			long plain = awaitWorker(fleet, archived);
			assertThat(words(plain, "cmdline")).contains(jar.toRealPath().toString());
			assertThat(daemon.log())
				.contains("is damaged, and is built again: application/lib/" + library.getFileName());
			Path next = awaitArchive(daemon, archives, home);
			kill(plain);
			assertThat(words(awaitWorker(fleet, plain), "cmdline"))
				.contains(next.resolve("application/app.jar").toString());
			assertThat(fleet.state().at("/fleet/exitCounts").has("EARLY")).isFalse();
		}
	}

	@Test
	void shouldSayThatWorkersStandInWhenDaemonDoesNotStartAgain() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			String[] arguments = { "--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
					"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.output=file" };
			ForkedJvm daemon = fleet.startDaemon(arguments);
			long worker = awaitWorker(fleet, 0);
			daemon.kill();
			ForkedJvm failing = fleet.launchDaemon("--fdwork.daemon.queues.default.capacity=0");
			assertThat(failing.awaitExit()).isEqualTo(1);
			assertThat(failing.log()).contains("This daemon has not started. The workers [" + worker + "]",
					"clients that connect", "fdwork.daemon.queues.default.capacity");
			try (Client.Connection waiting = Client.connect(fleet.port())) {
				Await.until(() -> output(fleet).contains("There has been no daemon in"));
				assertThat(output(fleet)).contains("this worker accepts in its place");
				fleet.startDaemon(arguments);
				assertThat(awaitWorker(fleet, 0)).isEqualTo(worker);
				waiting.send("GET", "/pid", "", true);
				assertThat(waiting.read().text().strip()).isEqualTo(String.valueOf(worker));
			}
		}
	}

	private static String output(ForkedFleet fleet) throws IOException {
		StringBuilder all = new StringBuilder();
		try (Stream<Path> files = Files.list(fleet.directory().resolve("run/output"))) {
			for (Path file : files.toList()) {
				all.append(Files.readString(file));
			}
		}
		return all.toString();
	}

	/**
	 * Wait until one worker is ready, which is another than before.
	 */
	private static long awaitWorker(ForkedFleet fleet, long before) {
		long[] found = new long[1];
		Await.until(() -> {
			List<Long> ready = fleet.workers("READY");
			found[0] = (ready.size() == 1) ? ready.get(0) : 0;
			return found[0] != 0 && found[0] != before;
		});
		return found[0];
	}

	private static Path awaitArchive(ForkedJvm daemon, Path archives, Path before) {
		Path[] found = new Path[1];
		Await.until(() -> {
			daemon.requireAlive();
			if (!Files.isDirectory(archives)) {
				return false;
			}
			try (Stream<Path> homes = Files.list(archives)) {
				found[0] = homes.filter((home) -> Files.exists(home.resolve("files")) && !home.equals(before))
					.findFirst()
					.orElse(null);
			}
			return found[0] != null;
		});
		return found[0];
	}

	private static void kill(long pid) {
		ProcessHandle.of(pid).orElseThrow().destroyForcibly();
	}

	private static Path process(long pid, String file) {
		return Path.of("/proc", String.valueOf(pid), file);
	}

	private static List<String> words(long pid, String file) throws IOException {
		return List.of(Files.readString(process(pid, file)).split("\0"));
	}

	private static Path createAgent(Path jar) throws IOException {
		Manifest manifest = new Manifest();
		manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
		manifest.getMainAttributes().put(new Attributes.Name("Premain-Class"), PortAgent.class.getName());
		String name = PortAgent.class.getName().replace('.', '/') + ".class";
		try (OutputStream file = Files.newOutputStream(jar);
				JarOutputStream out = new JarOutputStream(file, manifest);
				InputStream in = LaunchIT.class.getClassLoader().getResourceAsStream(name)) {
			out.putNextEntry(new JarEntry(name));
			in.transferTo(out);
		}
		return jar;
	}

	/**
	 * Copy what tells a JVM where its JDK is, and link to the rest.
	 */
	private static Path copyJdk(Path copy) throws IOException {
		Path jdk = ArchivedSample.JAVA_HOME.toRealPath();
		List<String> own = List.of("bin/java", "lib/libjli.so", "lib/libjava.so", "lib/server/libjvm.so",
				"lib/jspawnhelper", "lib/jvm.cfg");
		try (Stream<Path> files = Files.walk(jdk)) {
			for (Path file : files.toList()) {
				Path target = copy.resolve(jdk.relativize(file).toString());
				if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
					Files.createDirectories(target);
				}
				else if (own.contains(jdk.relativize(file).toString())) {
					Files.copy(file, target);
				}
				else {
					Files.createSymbolicLink(target, file);
				}
			}
		}
		return copy;
	}

	/**
	 * An agent that listens on a port, as exporters of metrics do.
	 */
	public static final class PortAgent {

		private static ServerSocket socket;

		private PortAgent() {
		}

		public static void premain(String port) {
			try {
				socket = new ServerSocket(Integer.parseInt(port), 1, InetAddress.getLoopbackAddress());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
