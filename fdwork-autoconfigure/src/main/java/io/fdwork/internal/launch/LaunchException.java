package io.fdwork.internal.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/**
 * A JVM could not be started. The message names the cause, if it is a known one, and what
 * to do.
 */
public final class LaunchException extends IOException {

	private static final Path OWN_JDK = Path.of(System.getProperty("java.home"));

	/**
	 * What the JDK starts, to start something else.
	 */
	private static final Path HELPER = Path.of("lib", "jspawnhelper");

	private static final Pattern NO_THREAD = Pattern.compile("error=11,|unable to create native thread");

	private static final Pattern NO_MEMORY = Pattern.compile("error=12,|OutOfMemoryError");

	private static final Pattern NO_DESCRIPTOR = Pattern.compile("error=2[34],");

	private LaunchException(String message, Throwable cause) {
		super(message, cause);
	}

	static LaunchException of(JvmSetup jvm, Throwable cause) {
		return of(jvm, cause, OWN_JDK);
	}

	static LaunchException of(JvmSetup jvm, Throwable cause, Path ownJdk) {
		return new LaunchException(explain(jvm, cause.toString(), ownJdk), cause);
	}

	private static String explain(JvmSetup jvm, String said, Path ownJdk) {
		Path directory = jvm.workingDirectory();
		if (directory != null && !Files.isDirectory(directory)) {
			return "The working directory " + directory + " is gone: create it again, or set "
					+ "fdwork.daemon.fleet.working-directory";
		}
		if (isOther(ownJdk, said)) {
			return "The JDK that this daemon runs, " + ownJdk + ", was removed or replaced, and it can start no process"
					+ " any more: start the daemon anew";
		}
		if (!Files.isExecutable(jvm.java())) {
			return "There is no " + jvm.java() + ": install the JDK there, or set fdwork.daemon.fleet.java-home";
		}
		if (NO_THREAD.matcher(said).find()) {
			return "No more processes or threads are allowed (" + said + "): raise ulimit -u of the daemon (systemd: "
					+ "TasksMax, LimitNPROC), pids.max of its container, or kernel.threads-max";
		}
		if (NO_MEMORY.matcher(said).find()) {
			return "There is not enough memory to start a process (" + said + "): lower fdwork.daemon.fleet.max or the "
					+ "-Xmx of the workers";
		}
		if (NO_DESCRIPTOR.matcher(said).find()) {
			return "The daemon has no descriptor left to start a process (" + said + "): raise its ulimit -n";
		}
		return said;
	}

	/**
	 * Return whether a JDK is another than the one that this JVM was started from. It may
	 * be the workers' too.
	 */
	private static boolean isOther(Path ownJdk, String said) {
		return said.contains("jspawnhelper") || said.contains("spawn helper")
				|| !Files.isExecutable(ownJdk.resolve(HELPER));
	}

}
