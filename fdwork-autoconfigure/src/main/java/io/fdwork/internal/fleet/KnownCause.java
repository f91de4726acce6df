package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.fdwork.internal.archive.StartupArchive;
import org.jspecify.annotations.Nullable;

/**
 * What the surroundings of a worker may do to it, how its output shows that, and what to
 * do.
 */
enum KnownCause {

	/**
	 * Files of the archive that it was started from are gone. Looked for in the archive,
	 * as what a JVM says of that could be anything.
	 */
	ARCHIVE("", (said, jvm) -> {
		String damage = StartupArchive.damage(jvm.jar());
		return (damage != null) ? "The archive it was started from is damaged (" + damage
				+ "). The next worker starts from the jar, and the archive is built again" : null;
	}),

	/**
	 * It wants a port that another process has.
	 */
	PORT("Address already in use|[Pp]ort already in use|[Pp]ort \\d+ (was|is) already in use", (said, jvm) -> {
		List<String> arguments = jvm.wanting(said);
		return (arguments.isEmpty())
				? "Each worker wants this port. Give the workers port 0 or none, with "
						+ "fdwork.daemon.fleet.arguments or fdwork.daemon.fleet.environment"
				: "Each worker is started with " + String.join(", ", arguments) + ", and wants the port of it. "
						+ "Set fdwork.daemon.fleet.jvm-arguments to what workers should have";
	}),

	/**
	 * The jar of an agent is not there.
	 */
	AGENT_JAR("Error opening zip file or JAR manifest missing",
			(said, jvm) -> "The jar of an agent is not there: bring it back, or set fdwork.daemon.fleet.jvm-arguments "
					+ "to what workers should have. A relative path is one in their working directory"),

	/**
	 * An agent does not start, and why is not among the lines that were kept.
	 */
	AGENT("processing of -javaagent failed|JDWP exit error|Exception thrown by the agent|agent library failed to init",
			(said, jvm) -> "Most often the daemon has the port that an agent wants. Each worker is started with "
					+ jvm.wanting(said) + ": set fdwork.daemon.fleet.jvm-arguments to what workers should have"),

	/**
	 * Its working directory was deleted.
	 */
	DIRECTORY("Could not determine current working directory", (said,
			jvm) -> "Its working directory is gone: create it again, or set fdwork.daemon.fleet.working-directory"),

	/**
	 * What it should run is not there, or is none.
	 */
	JAR("Unable to access jarfile|Invalid or corrupt jarfile",
			(said, jvm) -> "Bring the jar back, or refresh with one that is there"),

	/**
	 * The JDK is half there, as while it is replaced.
	 */
	JDK("[Cc]ould not find (libjava|libjvm|Java SE Runtime)|could not open .*jvm\\.cfg|lib(jli|jvm)\\.so: cannot open"
			+ "|Failed setting boot class path|Error occurred during initialization of boot layer",
			(said, jvm) -> "The JDK of the workers was removed or replaced: install it again, or set "
					+ "fdwork.daemon.fleet.java-home; if it is the daemon's, start the daemon anew"),

	/**
	 * It was built for a later JDK.
	 */
	VERSION("UnsupportedClassVersionError", (said, jvm) -> "Set fdwork.daemon.fleet.java-home to a later JDK"),

	/**
	 * The system gives it no more threads.
	 */
	THREADS("unable to create (new )?native thread|Cannot create .*thread|pthread_create failed|EAGAIN", (said,
			jvm) -> "Raise ulimit -u of the daemon (systemd: TasksMax, LimitNPROC), pids.max of its container, or "
					+ "kernel.threads-max"),

	/**
	 * The system gives it no more memory.
	 */
	MEMORY("insufficient memory|Could not reserve enough space|Cannot allocate memory|Native memory allocation",
			(said, jvm) -> "Give the workers a smaller -Xmx with fdwork.daemon.fleet.jvm-arguments, or lower "
					+ "fdwork.daemon.fleet.max"),

	/**
	 * Its own heap is too small.
	 */
	HEAP("OutOfMemoryError", (said, jvm) -> "Give the workers a larger -Xmx with fdwork.daemon.fleet.jvm-arguments"),

	/**
	 * An argument of the JVM is wrong.
	 */
	ARGUMENT(
			"Unrecognized (VM )?option|Unsupported VM option|Could not create the Java Virtual Machine"
					+ "|Too small (initial|maximum) heap|Invalid (initial|maximum) heap size",
			(said, jvm) -> "Correct fdwork.daemon.fleet.jvm-arguments, or the daemon's own, which workers inherit"),

	/**
	 * It has no descriptor left.
	 */
	DESCRIPTORS("Too many open files", (said, jvm) -> "Raise ulimit -n of the daemon, which its workers inherit");

	/**
	 * From nobody who belongs to the fleet.
	 */
	private static final int SIGKILL = 9;

	private final Pattern shownBy;

	private final BiFunction<String, Jvm, @Nullable String> remedy;

	KnownCause(String shownBy, BiFunction<String, Jvm, @Nullable String> remedy) {
		this.shownBy = Pattern.compile(shownBy);
		this.remedy = remedy;
	}

	/**
	 * Find what to do about an exit that nobody wanted.
	 * @param said what it died of, and what it wrote last if it never got ready
	 * @param signal the signal that ended it, if one did
	 * @param jvm how it was started
	 * @return for people, {@code null} if the cause is not known
	 */
	static @Nullable String remedy(String said, @Nullable Integer signal, Jvm jvm) {
		if (signal != null && signal == SIGKILL) {
			return "Somebody has killed it; if dmesg names the out-of-memory killer, give the workers a smaller -Xmx or "
					+ "the machine more memory";
		}
		for (KnownCause cause : values()) {
			Matcher matcher = cause.shownBy.matcher(said);
			String remedy = (matcher.find()) ? cause.remedy.apply(said, jvm) : null;
			if (remedy != null) {
				return remedy;
			}
		}
		return null;
	}

	/**
	 * How a JVM was started.
	 *
	 * @param arguments the arguments of the JVM
	 * @param environment its environment variables
	 * @param jar the jar that it runs, {@code null} for none
	 */
	record Jvm(List<String> arguments, Map<String, String> environment, @Nullable Path jar) {

		private static final int MAX_LENGTH = 120;

		private static final Pattern AGENT = Pattern.compile("-(javaagent|agentlib|agentpath|Xrun)\\S*");

		private static final Pattern PORT = Pattern.compile("(?<![\\d.])\\d{2,5}(?![\\d.])");

		private static final Pattern OF_AGENT = Pattern.compile("javaagent|JDWP|agent library|the agent|premain");

		private static final List<String> VARIABLES = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

		/**
		 * Return the arguments that want the port that something was said about: those
		 * that name it, or else all agents if one has said it.
		 */
		List<String> wanting(String said) {
			List<String> all = new ArrayList<>(this.arguments);
			VARIABLES.forEach((name) -> Stream.of(this.environment.getOrDefault(name, "").split("\\s+"))
				.filter((word) -> !word.isEmpty())
				.forEach((word) -> all.add(name + "=" + word)));
			List<String> ports = PORT.matcher(said).results().map((result) -> result.group()).toList();
			List<String> named = all.stream()
				.filter((argument) -> PORT.matcher(argument).results().anyMatch((port) -> ports.contains(port.group())))
				.filter((argument) -> AGENT.matcher(argument).find() || argument.contains("port"))
				.toList();
			if (named.isEmpty() && OF_AGENT.matcher(said).find()) {
				named = all.stream().filter((argument) -> AGENT.matcher(argument).find()).toList();
			}
			return named.stream().map(Jvm::shorten).toList();
		}

		private static String shorten(String argument) {
			return (argument.length() > MAX_LENGTH) ? argument.substring(0, MAX_LENGTH) + "..." : argument;
		}

	}

}
