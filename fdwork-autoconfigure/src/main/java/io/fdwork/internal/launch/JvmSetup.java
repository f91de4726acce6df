package io.fdwork.internal.launch;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each JVM of a fleet is started with, whatever it runs: JDK, environment and
 * directory. So a training run finds what the workers find.
 *
 * @param javaHome the JDK
 * @param environment variables besides those of this process
 * @param withheld variables of this process that are for it alone
 * @param workingDirectory the working directory, {@code null} for that of this process
 */
public record JvmSetup(Path javaHome, Map<String, String> environment, Set<String> withheld,
		@Nullable Path workingDirectory) {

	private static final Logger logger = LoggerFactory.getLogger(JvmSetup.class);

	/**
	 * The environment variable that tells a process that was started from all others, as
	 * long as it is not known.
	 */
	public static final String LAUNCH = "FDWORK_LAUNCH";

	private static final AtomicLong launches = new AtomicLong();

	/**
	 * Create a setup.
	 */
	public JvmSetup {
		environment = Map.copyOf(environment);
		withheld = Set.copyOf(withheld);
	}

	/**
	 * Return the launcher of the JDK.
	 * @return its path
	 */
	public Path java() {
		return this.javaHome.resolve("bin").resolve("java");
	}

	/**
	 * Put a process together that is not started yet. It has nothing to read, and its
	 * standard error goes where its output goes.
	 * @param arguments the arguments of the JVM, what it runs, and the arguments of that
	 * @return what can still be changed before {@link #start}
	 */
	public ProcessBuilder builder(List<String> arguments) {
		List<String> command = new ArrayList<>();
		command.add(java().toString());
		command.addAll(arguments);
		ProcessBuilder builder = new ProcessBuilder(command);
		builder.environment().keySet().removeAll(this.withheld);
		builder.environment().putAll(this.environment);
		if (this.workingDirectory != null) {
			builder.directory(this.workingDirectory.toFile());
		}
		return builder.redirectInput(new File("/dev/null")).redirectErrorStream(true);
	}

	/**
	 * Start a process.
	 * @param builder of {@link #builder}
	 * @return the process
	 * @throws LaunchException if it cannot be started; none is left then
	 */
	public Process start(ProcessBuilder builder) throws LaunchException {
		try {
			SpareThreads.require();
		}
		catch (Error ex) {
			throw LaunchException.of(this, ex);
		}
		return start(builder, ProcessBuilder::start);
	}

	Process start(ProcessBuilder builder, Starter starter) throws LaunchException {
		String launch = LAUNCH + "=" + ProcessHandle.current().pid() + "-" + launches.incrementAndGet();
		builder.environment().put(LAUNCH, launch.substring(LAUNCH.length() + 1));
		try {
			return starter.start(builder);
		}
		catch (IOException ex) {
			throw LaunchException.of(this, ex);
		}
		catch (RuntimeException | Error ex) {
			// The JDK starts a thread for each process, after the process: without one,
			// nobody would know of it
			LaunchException failure = LaunchException.of(this, ex);
			destroyChild(launch, failure);
			throw failure;
		}
	}

	private static void destroyChild(String launch, LaunchException failure) {
		try {
			for (ProcessHandle child : ProcessHandle.current().children().toList()) {
				if (ProcessVariables.has(child.pid(), launch)) {
					logger.debug("Ending {}, which was started and could not be waited for", child.pid());
					child.destroyForcibly();
				}
			}
		}
		catch (RuntimeException | Error ex) {
			// Not for the log, which may take its time: whoever starts may hold a lock
			failure.addSuppressed(new IllegalStateException("A process may be left over of this start", ex));
		}
	}

	/**
	 * Starts a process.
	 */
	interface Starter {

		Process start(ProcessBuilder builder) throws IOException;

	}

}
