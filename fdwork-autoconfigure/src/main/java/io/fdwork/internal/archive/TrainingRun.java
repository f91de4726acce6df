package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.launch.JvmSetup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A run of the application that leaves an archive, after its jar was extracted.
 * <p>
 * It refreshes the application context without starting its lifecycle beans: it listens
 * on no port and connects to no daemon, but it does create the beans, and its web server
 * answers the requests of a warm-up.
 */
final class TrainingRun {

	private static final Logger logger = LoggerFactory.getLogger(TrainingRun.class);

	private static final Path NICE = Path.of("/usr/bin/nice");

	private static final int QUOTED_LINES = 5;

	private final JvmSetup jvm;

	private final ArchiveKey key;

	private final List<String> jvmArguments;

	private final List<String> applicationArguments;

	private final Object monitor = new Object();

	// Guarded by the monitor
	private @Nullable Process process;

	// Guarded by the monitor
	private boolean cancelled;

	/**
	 * Create a run.
	 * @param jvm with what the JVM of a worker is started, too
	 * @param key what the archive is of
	 * @param jvmArguments all arguments that the JVM of a worker has
	 * @param applicationArguments the arguments that a worker has
	 */
	TrainingRun(JvmSetup jvm, ArchiveKey key, List<String> jvmArguments, List<String> applicationArguments) {
		this.jvm = jvm;
		this.key = key;
		this.jvmArguments = List.copyOf(jvmArguments);
		this.applicationArguments = List.copyOf(applicationArguments);
	}

	ArchiveKey key() {
		return this.key;
	}

	/**
	 * Run it, and leave an archive that is not finished: the last word is that of whoever
	 * calls.
	 * @param home where to
	 * @param timeout how long it may take
	 * @throws IOException if there is no archive, with the last lines of the output
	 */
	void run(ArchiveHome home, Duration timeout) throws IOException, InterruptedException {
		long deadline = System.nanoTime() + timeout.toNanos();
		// The archive knows the path of the jar, so it is extracted where it stays
		execute(home, deadline, timeout, List.of("-Djarmode=tools", "-jar", this.key.jar().toString(), "extract",
				"--destination", home.application().toString()));
		if (!Files.isRegularFile(home.extractedJar())) {
			throw new IOException("extracting it has not written " + home.extractedJar() + quoteLog(home));
		}
		// Not in the directory of the archives: its path may be too long for a socket
		Path fdworkDirectory = Files.createTempDirectory("fdwork");
		try {
			execute(home, deadline, timeout, arguments(home, fdworkDirectory));
		}
		finally {
			ArchiveStore.delete(fdworkDirectory);
		}
		if (!Files.isRegularFile(home.unfinishedArchive())) {
			throw new IOException("the training run has not written an archive" + quoteLog(home));
		}
		ArchiveStore.delete(home.log());
		if (!this.key.equals(ArchiveKey.of(this.key.javaHome(), this.key.jar(), this.jvmArguments))) {
			throw new IOException("the jar or the JVM was changed meanwhile");
		}
	}

	private List<String> arguments(ArchiveHome home, Path fdworkDirectory) {
		List<String> arguments = new ArrayList<>();
		arguments.add(home.trainArgument());
		arguments.addAll(ArchiveArguments.jvmOfTraining(this.jvmArguments));
		arguments.addAll(List.of("-Dspring.context.exit=onRefresh", "-D" + StartupArchive.TRAINING + "=true", "-jar",
				home.extractedJar().toString()));
		arguments.addAll(ArchiveArguments.applicationOfTraining(this.applicationArguments));
		arguments.add("--fdwork.directory=" + fdworkDirectory);
		// Not the log file of the daemon, which both would roll
		arguments.addAll(List.of("--logging.file.name=", "--logging.file.path="));
		return arguments;
	}

	private void execute(ArchiveHome home, long deadline, Duration timeout, List<String> arguments)
			throws IOException, InterruptedException {
		ProcessBuilder builder = this.jvm.builder(arguments);
		ArchiveArguments.removeFromTraining(builder.environment());
		// Workers that serve meanwhile go first
		if (Files.isExecutable(NICE)) {
			builder.command().add(0, NICE.toString());
		}
		logger.debug("Running {}", builder.command());
		Process process = start(builder.redirectOutput(home.log().toFile()));
		boolean ended = false;
		try {
			ended = process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
		}
		finally {
			if (!ended) {
				destroy(process);
			}
		}
		if (!ended) {
			throw new IOException("it was not built within " + timeout);
		}
		if (process.exitValue() != 0) {
			throw new IOException("java " + arguments.get(0) + " exited with " + process.exitValue() + quoteLog(home));
		}
	}

	private Process start(ProcessBuilder builder) throws IOException {
		synchronized (this.monitor) {
			if (this.cancelled) {
				throw new IOException("closed");
			}
			Process process = this.jvm.start(builder);
			this.process = process;
			return process;
		}
	}

	/**
	 * Destroy what is running, and start nothing more.
	 */
	void cancel() {
		synchronized (this.monitor) {
			this.cancelled = true;
			if (this.process != null) {
				destroy(this.process);
			}
		}
	}

	boolean isCancelled() {
		synchronized (this.monitor) {
			return this.cancelled;
		}
	}

	private static void destroy(Process process) {
		// A JVM that writes an AOT cache does so in a child, which must not outlive it
		List<ProcessHandle> descendants = process.descendants().toList();
		process.destroyForcibly();
		descendants.forEach(ProcessHandle::destroyForcibly);
	}

	private static String quoteLog(ArchiveHome home) {
		try {
			List<String> lines = new String(Files.readAllBytes(home.log()), StandardCharsets.UTF_8).lines()
				.filter((line) -> !line.isBlank())
				.toList();
			return ": " + String.join(" / ", lines.subList(Math.max(0, lines.size() - QUOTED_LINES), lines.size()));
		}
		catch (IOException ex) {
			return " (" + ex + ")";
		}
	}

}
