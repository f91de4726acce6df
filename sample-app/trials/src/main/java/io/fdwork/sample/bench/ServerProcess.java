package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process of a contender, with those that it has started itself. Closing it kills them
 * all.
 */
final class ServerProcess implements AutoCloseable {

	private static final long END_SECONDS = 30;

	private final String part;

	private final String childPart;

	private final Process process;

	private final Path log;

	/**
	 * Start a process.
	 * @param part the part that it has in its contender, for instance {@code daemon}
	 * @param childPart the part of those that it starts, for instance {@code worker}
	 * @param command the command
	 * @param log the file that its output goes to
	 */
	ServerProcess(String part, String childPart, List<String> command, Path log) throws IOException {
		this.part = part;
		this.childPart = childPart;
		this.log = log;
		this.process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
	}

	/**
	 * Add the pids of the process and of those that it has started to those of their
	 * parts.
	 */
	void addPids(Map<String, List<Long>> parts) {
		parts.computeIfAbsent(this.part, (part) -> new ArrayList<>()).add(this.process.pid());
		this.process.descendants()
			.forEach((child) -> parts.computeIfAbsent(this.childPart, (part) -> new ArrayList<>()).add(child.pid()));
	}

	private Stream<ProcessHandle> handles() {
		return Stream.concat(Stream.of(this.process.toHandle()), this.process.descendants());
	}

	/**
	 * Throw if the process has ended.
	 */
	boolean requireAlive() throws IOException {
		if (!this.process.isAlive()) {
			throw new IllegalStateException(this.part + " exited with " + this.process.exitValue() + ":\n" + output());
		}
		return true;
	}

	/**
	 * Return what it has written.
	 */
	String output() throws IOException {
		return Files.readString(this.log);
	}

	/**
	 * Send a signal to all processes.
	 * @param name for instance {@code STOP}
	 */
	void signal(String name) throws IOException {
		List<String> command = new ArrayList<>(List.of("kill", "-" + name));
		handles().forEach((handle) -> command.add(String.valueOf(handle.pid())));
		Command.run(command);
	}

	@Override
	public void close() {
		// Before their parent ends, after which they are nobody's
		handles().toList().forEach(ProcessHandle::destroyForcibly);
		try {
			this.process.waitFor(END_SECONDS, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
