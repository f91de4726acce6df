package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Ports;
import org.jspecify.annotations.Nullable;

import org.springframework.util.FileSystemUtils;

/**
 * The running processes of a peer in one setup, which serve one port. They are stopped
 * (SIGSTOP) while others are measured. Closing it kills them.
 */
final class Contender implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(10);

	private final String name;

	private final Path directory;

	private final int port = Ports.free();

	private final List<ServerProcess> processes = new ArrayList<>();

	private @Nullable Management management;

	private Contender(String name) throws IOException {
		this.name = name;
		// Short, for the path of an AF_UNIX socket
		this.directory = Files.createTempDirectory("fdwork-bench");
	}

	/**
	 * Start a contender, and wait until it serves.
	 * @param name what it is called in results
	 * @param starter starts its processes
	 * @throws IllegalStateException if it does not get so far, with what its processes
	 * have written; there are none then
	 */
	static Contender start(String name, Starter starter) throws IOException {
		Contender contender = new Contender(name);
		try {
			starter.start(contender);
			return contender;
		}
		catch (IOException | RuntimeException | AssertionError ex) {
			String output = contender.output();
			contender.close();
			String reason = String.valueOf(ex.getMessage()).lines().findFirst().orElse("");
			throw new IllegalStateException(reason + "\n" + output, ex);
		}
	}

	private String output() throws IOException {
		StringBuilder output = new StringBuilder();
		for (ServerProcess process : this.processes) {
			output.append(process.output());
		}
		return output.toString();
	}

	String name() {
		return this.name;
	}

	/**
	 * Return the port that it serves, on the loopback address.
	 */
	int port() {
		return this.port;
	}

	/**
	 * Return its directory, which is deleted when it is closed.
	 */
	Path directory() {
		return this.directory;
	}

	/**
	 * Start a process.
	 * @param part the part that it has
	 * @param command the command
	 */
	void launch(String part, List<String> command) throws IOException {
		launch(part, part, command);
	}

	/**
	 * Start a process that starts others.
	 * @param part the part that it has
	 * @param childPart the part that those have
	 * @param command the command
	 */
	void launch(String part, String childPart, List<String> command) throws IOException {
		Path log = this.directory.resolve(this.processes.size() + ".log");
		this.processes.add(new ServerProcess(part, childPart, command, log));
	}

	/**
	 * Say where the endpoint of its daemon is.
	 */
	void manageWith(Management management) {
		this.management = management;
	}

	/**
	 * Return the endpoint of its daemon.
	 * @throws IllegalStateException if it has none
	 */
	Management management() {
		if (this.management == null) {
			throw new IllegalStateException(this.name + " has no daemon");
		}
		return this.management;
	}

	/**
	 * Wait until so many workers have answered on its port.
	 */
	void awaitWorkers(int count) {
		awaitWorkers(this.port, count);
	}

	/**
	 * Wait until so many workers have answered on a port.
	 */
	void awaitWorkers(int port, int count) {
		Set<String> pids = new HashSet<>();
		Await.until(() -> {
			requireAlive();
			for (int i = 0; i <= count; i++) {
				String pid = ask(port);
				if (pid != null) {
					pids.add(pid);
				}
			}
			return pids.size() >= count;
		});
	}

	private static @Nullable String ask(int port) {
		try (Client.Connection connection = new Client.Connection(port, PATIENCE)) {
			connection.send("GET", "/pid", "", true);
			Client.Response response = connection.read();
			return (response.status() == 200) ? response.text() : null;
		}
		catch (IOException | RuntimeException ex) {
			// Not yet
			return null;
		}
	}

	/**
	 * Throw if a process has ended.
	 */
	void requireAlive() throws IOException {
		for (ServerProcess process : this.processes) {
			process.requireAlive();
		}
	}

	/**
	 * Return the pids of its processes by the part that they have.
	 */
	Map<String, List<Long>> pids() {
		Map<String, List<Long>> pids = new LinkedHashMap<>();
		this.processes.forEach((process) -> process.addPids(pids));
		return pids;
	}

	/**
	 * Stop its processes, so that they take no time from others.
	 */
	void pause() throws IOException {
		signal("STOP");
	}

	/**
	 * Let its processes go on.
	 */
	void resume() throws IOException {
		signal("CONT");
	}

	private void signal(String name) throws IOException {
		for (ServerProcess process : this.processes) {
			process.signal(name);
		}
	}

	@Override
	public void close() {
		this.processes.forEach(ServerProcess::close);
		try {
			FileSystemUtils.deleteRecursively(this.directory);
		}
		catch (IOException ex) {
			throw new IllegalStateException("Cannot delete " + this.directory, ex);
		}
	}

	/**
	 * Starts the processes of a contender.
	 */
	@FunctionalInterface
	interface Starter {

		void start(Contender contender) throws IOException;

	}

}
