package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Does what the README says, with its own lines of configuration and its own commands, in
 * another directory and on other ports.
 */
@Tag("long")
@Timeout(600)
class ReadmeIT {

	private static final Pattern BLOCK = Pattern.compile("^```(\\w+)\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

	@TempDir
	private Path srv;

	private final int port = Ports.free();

	private final int managementPort = Ports.free();

	@Test
	void shouldServeAndDeployAsTheReadmeSays() throws Exception {
		for (String version : List.of("app-1.jar", "app-2.jar")) {
			Files.copy(Path.of("target/sample-app.jar"), this.srv.resolve(version));
		}
		Files.createSymbolicLink(this.srv.resolve("app.jar"), Path.of("app-1.jar"));
		Files.writeString(this.srv.resolve("readme.yml"), String.join("---\n", blocks("yaml")));
		List<String> shell = blocks("sh");
		ForkedJvm daemon = new ForkedJvm(command(shell.get(0).strip()), this.srv.resolve("daemon.log"));
		try {
			Await.until(() -> daemon.requireAlive() && ForkedFleet.workers(state(), "READY").size() == 2);
			for (String line : blocks("console").get(0).split("(?m)^\\$ ")) {
				runAsShown(line);
			}
			awaitVersion("app-1.jar", 2);
			run(shell.get(1));
			awaitVersion("app-2.jar", 3);
			assertThat(Client.get(this.port, "/pid")).matches("\\d+\n?");
			assertThat(daemon.terminate()).isZero();
		}
		finally {
			daemon.kill();
			ForkedFleet.workers(state(), "READY")
				.forEach((pid) -> ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly));
		}
	}

	private void awaitVersion(String jar, int generation) {
		Await.until(() -> {
			JsonNode fleet = state().path("fleet");
			JsonNode last = fleet.path("lastRefresh");
			return fleet.path("state").asString("").equals("RUNNING") && fleet.path("jar").asString("").endsWith(jar)
					&& last.path("generation").asInt() == generation
					&& last.path("outcome").asString("").equals("COMPLETED");
		});
	}

	/**
	 * Run a command and compare what it prints with what is shown, whatever the numbers.
	 */
	private void runAsShown(String shown) throws Exception {
		if (shown.isBlank()) {
			return;
		}
		String command = shown.substring(0, shown.indexOf('\n'));
		String printed = run(command);
		String expected = shown.substring(command.length() + 1);
		if (!expected.isBlank()) {
			assertThat(numbersAside(printed)).as(command).isEqualTo(numbersAside(expected));
		}
	}

	private static String numbersAside(String text) {
		return text.lines()
			.map((line) -> line.strip().replaceAll("\\d+", "1"))
			.filter((line) -> !line.isEmpty())
			.collect(Collectors.joining("\n"));
	}

	private String run(String commands) throws Exception {
		Path output = Files.createTempFile(this.srv, "command", ".out");
		Process shell = new ProcessBuilder("bash", "-ec", commands).redirectErrorStream(false)
			.redirectOutput(output.toFile())
			.start();
		assertThat(shell.waitFor(1, TimeUnit.MINUTES)).as(commands).isTrue();
		assertThat(shell.exitValue()).as(commands).isZero();
		return Files.readString(output);
	}

	private List<String> command(String line) {
		List<String> command = new ArrayList<>(List.of(line.split(" ")));
		assertThat(command.get(0)).isEqualTo("java");
		command.set(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.set(command.indexOf("app.jar"), this.srv.resolve("app-1.jar").toString());
		command.addAll(List.of("--spring.config.additional-location=file:" + this.srv.resolve("readme.yml"),
				"--fdwork.directory=" + this.srv.resolve("run"), "--fdwork.daemon.fleet.cds-archive=false"));
		return command;
	}

	private JsonNode state() throws IOException {
		try {
			return JsonMapper.shared().readTree(Client.get(this.managementPort, "/actuator/fdwork"));
		}
		catch (IOException ex) {
			return JsonMapper.shared().missingNode();
		}
	}

	/**
	 * Return the blocks of a language, with the directory and the ports of this test.
	 */
	private List<String> blocks(String language) throws IOException {
		List<String> blocks = new ArrayList<>();
		Matcher block = BLOCK.matcher(Files.readString(Path.of("../README.md")));
		while (block.find()) {
			if (block.group(1).equals(language)) {
				blocks.add(block.group(2)
					.replace("/srv/", this.srv + "/")
					.replace("8080", String.valueOf(this.port))
					.replace("9090", String.valueOf(this.managementPort)));
			}
		}
		return blocks;
	}

}
