package io.fdwork.sample;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Ports;

import org.springframework.util.FileSystemUtils;

/**
 * The script {@code sample-app/run}, as somebody runs it who wants the sample of this
 * module on ports of his own. Closing it ends what it has started.
 */
final class RunScript implements AutoCloseable {

	private static final Path MODULE = Path.of("").toAbsolutePath();

	private static final Pattern DAEMON = Pattern.compile("Starting daemon (\\d+)");

	private final Path directory = Files.createTempDirectory("fdwork-it");

	private final Path output = this.directory.resolve("output");

	private final int port;

	private final int managementPort;

	private final Process process;

	RunScript(String... arguments) throws IOException {
		this(Ports.free(), Ports.free(), arguments);
	}

	RunScript(int port, int managementPort, String... arguments) throws IOException {
		this.port = port;
		this.managementPort = managementPort;
		List<String> command = new ArrayList<>();
		if (MODULE.endsWith("sample-app")) {
			command.add(MODULE.resolve("run").toString());
		}
		else {
			command.addAll(List.of(MODULE.resolveSibling("run").toString(), MODULE.getFileName().toString()));
		}
		command.addAll(List.of("--server.port=" + port, "--management.server.port=" + managementPort,
				"--fdwork.directory=" + this.directory.resolve("run"), "--fdwork.daemon.fleet.cds-archive=false"));
		command.addAll(List.of(arguments));
		ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
			.redirectOutput(this.output.toFile());
		builder.environment().put("JAVA_OPTS", String.join(" ", ArchivedSample.JVM_ARGUMENTS));
		this.process = builder.start();
	}

	int port() {
		return this.port;
	}

	int managementPort() {
		return this.managementPort;
	}

	/**
	 * Return the lines that it has printed so far.
	 */
	List<String> lines() throws IOException {
		return Files.readAllLines(this.output);
	}

	/**
	 * Wait until it has printed something.
	 * @return the match
	 */
	Matcher await(Pattern pattern) {
		AtomicReference<Matcher> found = new AtomicReference<>();
		Await.until(() -> {
			boolean alive = this.process.isAlive();
			String printed = Files.readString(this.output);
			Matcher matcher = pattern.matcher(printed);
			found.set(matcher);
			boolean matches = matcher.find();
			if (!matches && !alive) {
				throw new AssertionError("It has ended with " + this.process.exitValue() + ":\n" + printed);
			}
			return matches;
		});
		return found.get();
	}

	/**
	 * Wait until it starts the daemon.
	 * @return the daemon, and what that starts
	 */
	List<ProcessHandle> awaitDaemon() {
		long pid = Long.parseLong(await(DAEMON).group(1));
		ProcessHandle daemon = ProcessHandle.of(pid).orElseThrow();
		return Stream.concat(Stream.of(daemon), daemon.descendants()).toList();
	}

	/**
	 * End it with SIGTERM.
	 * @return its exit code
	 */
	int terminate() throws InterruptedException {
		this.process.destroy();
		return awaitExit();
	}

	int awaitExit() throws InterruptedException {
		if (!this.process.waitFor(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
			throw new AssertionError("It does not end");
		}
		return this.process.exitValue();
	}

	@Override
	public void close() throws Exception {
		List<ProcessHandle> started = this.process.descendants().toList();
		try {
			terminate();
		}
		finally {
			this.process.destroyForcibly();
			started.forEach(ProcessHandle::destroyForcibly);
			FileSystemUtils.deleteRecursively(this.directory);
		}
	}

}
