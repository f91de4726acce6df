package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.ManagementServer;
import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * The image of the documentation, built and run without a container: in namespaces for
 * users, mounts and processes, with a root that is read-only and a daemon that is process
 * 1.
 */
@Tag("long")
@Timeout(600)
class ImageIT {

	private static final Path DOCKERFILE = Path.of("..", "docs", "src", "docs", "asciidoc", "hosts", "Dockerfile");

	private static final List<String> UNSHARE = List.of("unshare", "--user", "--map-root-user", "--mount", "--pid",
			"--fork", "--kill-child", "sh", "-ec");

	/**
	 * As a container sees it: what the image has, and what may be written to.
	 */
	private static final String MOUNTS = "mount --bind \"$0\" /srv; mount -t proc proc /proc; "
			+ "mount -t tmpfs tmpfs /run; mkdir /run/fdwork; mount -t tmpfs tmpfs /tmp; cd /srv; ";

	private static final String READ_ONLY = "mount -o remount,bind,ro /srv; mount -o remount,bind,ro /; ";

	private static final String PATH = "PATH=" + ArchivedSample.JAVA_HOME.resolve("bin") + ":" + System.getenv("PATH");

	@TempDir
	private Path directory;

	private final List<String> entryPoint = new ArrayList<>();

	private final List<String> variables = new ArrayList<>();

	private Path srv;

	@BeforeEach
	void requireNamespaces() throws Exception {
		this.srv = Files.createDirectory(this.directory.resolve("srv"));
		assumeTrue(run(this.directory, inNamespaces(MOUNTS + READ_ONLY + "true")) == 0,
				"This user can create no namespaces");
	}

	@Test
	void shouldServeRefreshAndEndAsProcessOneOnReadOnlyRoot() throws Exception {
		build();
		assertThat(this.srv.resolve("app.jsa")).exists();
		int port = Ports.free();
		int managementPort = Ports.free();
		List<String> command = inNamespaces(MOUNTS + READ_ONLY + "exec \"$@\"");
		command.add("env");
		command.add(PATH);
		command.addAll(this.variables);
		command.addAll(this.entryPoint);
		command.addAll(List.of("--fdwork.directory=/run/fdwork/app", "--server.port=" + port,
				"--management.server.port=" + managementPort, "--fdwork.daemon.fleet.min=1",
				"--fdwork.daemon.fleet.max=1"));
		ForkedJvm container = new ForkedJvm(command, this.directory.resolve("log"));
		try {
			ManagementServer management = new ManagementServer(managementPort);
			awaitOneReady(container, management);
			long daemon = onlyChild(container.pid());
			assertThat(Files.readString(Path.of("/proc", String.valueOf(daemon), "status")))
				.containsPattern("NSpid:.*\\t1\\n");
			assertThat(Client.get(port, "/pid")).isEqualTo(String.valueOf(readyPid(management)));
			for (long process : List.of(daemon, onlyChild(daemon))) {
				assertThat(Files.readString(Path.of("/proc", String.valueOf(process), "maps")))
					.contains("/srv/app.jsa");
			}

			long before = readyPid(management);
			assertThat(management.post("/actuator/fdwork/refresh", null).statusCode()).isEqualTo(200);
			Await.until(() -> container.requireAlive() && management.json("/actuator/fdwork")
				.at("/fleet/lastRefresh/outcome")
				.asString("")
				.equals("COMPLETED"));
			awaitOneReady(container, management);
			assertThat(Client.get(port, "/pid")).isEqualTo(String.valueOf(readyPid(management)))
				.isNotEqualTo(String.valueOf(before));
			assertThat(onlyChild(daemon)).as("the worker, and nobody who was not reaped").isPositive();

			new ProcessBuilder("kill", "-TERM", String.valueOf(daemon)).start().waitFor();
			assertThat(container.awaitExit()).as(container.log()).isZero();
			assertThat(container.log()).doesNotContain("Read-only file system");
		}
		finally {
			// Takes all with it
			container.kill();
		}
	}

	/**
	 * Do what the file says.
	 */
	private void build() throws Exception {
		Path build = Files.createDirectory(this.directory.resolve("build"));
		boolean last = false;
		for (String line : Files.readAllLines(DOCKERFILE)) {
			String[] words = line.split(" ");
			switch (words[0]) {
				case "FROM" -> last = !line.endsWith(" AS layers");
				case "RUN" -> {
					List<String> command = (last) ? inNamespaces(MOUNTS + "exec \"$@\"") : new ArrayList<>();
					command.addAll(Arrays.asList(words).subList(1, words.length));
					assertThat(run(build, command)).as(line).isZero();
				}
				case "COPY" -> {
					if (!last) {
						Files.copy(ArchivedSample.JAR, build.resolve("app.jar"));
					}
					else if (Files.exists(Path.of(words[2].replace("/build", build.toString())))) {
						assertThat(run(build, List.of("cp", "-a", words[2].replace("/build", build.toString()) + ".",
								this.srv.toString())))
							.as(line)
							.isZero();
					}
				}
				case "ENV" -> this.variables.add(words[1]);
				case "ENTRYPOINT" -> {
					for (JsonNode word : JsonMapper.shared().readTree(line.substring(words[0].length()))) {
						this.entryPoint.add(word.asString());
					}
				}
				default -> assertThat(line).matches("|#.*|WORKDIR (/build|/srv)|USER \\d+");
			}
		}
		assertThat(this.entryPoint).isNotEmpty();
	}

	private List<String> inNamespaces(String script) {
		List<String> command = new ArrayList<>(UNSHARE);
		command.addAll(List.of(script, this.srv.toString()));
		return command;
	}

	private int run(Path directory, List<String> command) throws Exception {
		List<String> all = new ArrayList<>(List.of("env", PATH));
		all.addAll(command);
		Path log = this.directory.resolve("build.log");
		Process process = new ProcessBuilder(all).directory(directory.toFile())
			.redirectErrorStream(true)
			.redirectOutput(log.toFile())
			.start();
		try {
			assertThat(process.waitFor(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(Files.readString(log))
				.isTrue();
			if (process.exitValue() != 0) {
				System.out.println(Files.readString(log));
			}
			return process.exitValue();
		}
		finally {
			process.destroyForcibly();
		}
	}

	private static void awaitOneReady(ForkedJvm container, ManagementServer management) {
		Await.until(() -> {
			JsonNode state = management.json("/actuator/fdwork");
			return container.requireAlive() && state.path("workers").size() == 1
					&& ForkedFleet.workers(state, "READY").size() == 1;
		});
	}

	/**
	 * Return the pid of the worker, as the daemon sees it.
	 */
	private static long readyPid(ManagementServer management) {
		return ForkedFleet.workers(management.json("/actuator/fdwork"), "READY").get(0);
	}

	private static long onlyChild(long pid) throws IOException {
		Await.until(() -> ProcessHandle.of(pid).orElseThrow().children().count() == 1);
		return ProcessHandle.of(pid).orElseThrow().children().findFirst().orElseThrow().pid();
	}

}
