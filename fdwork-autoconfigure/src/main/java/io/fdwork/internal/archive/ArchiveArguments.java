package io.fdwork.internal.archive;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What archives make of the arguments of a JVM and of the application.
 */
final class ArchiveArguments {

	/**
	 * Arguments that choose an archive. A JVM with an AOT cache refuses to start with
	 * most of them.
	 */
	private static final List<String> ARCHIVE_CHOICES = List.of("-Xshare", "-XX:SharedArchiveFile", "-XX:AOT",
			"-XX:ArchiveClassesAtExit", "-XX:+AutoCreateSharedArchive", "-XX:SharedClassListFile",
			"-XX:DumpLoadedClassList");

	/**
	 * From where a JVM takes arguments besides its command line.
	 */
	private static final List<String> ARGUMENT_VARIABLES = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS",
			"_JAVA_OPTIONS");

	/**
	 * Arguments that a training run must not have: they bind a port, write a file of the
	 * worker's, or spoil the archive.
	 */
	private static final List<String> NOT_FOR_TRAINING = List.of("-agentlib", "-agentpath", "-javaagent", "-Xrunjdwp",
			"-Dcom.sun.management.", "-XX:StartFlightRecording", "-XX:OnOutOfMemoryError", "-XX:OnError", "-Xlog",
			"-Xloggc");

	/**
	 * Arguments of the application that a training run sets itself. A value that is given
	 * twice would be a list.
	 */
	private static final List<String> SET_FOR_TRAINING = List.of("--fdwork.directory=", "--logging.file.name=",
			"--logging.file.path=");

	/**
	 * Where a worker has no such argument, its endpoints are part of the application, and
	 * so they are in a training run.
	 */
	private static final String MANAGEMENT_PORT = "--management.server.port=";

	private ArchiveArguments() {
	}

	/**
	 * Return whether a JVM with these arguments and variables chooses an archive itself.
	 */
	static boolean choose(List<String> jvmArguments, Map<String, String> environment) {
		Stream<String> inherited = ARGUMENT_VARIABLES.stream()
			.map((name) -> environment.getOrDefault(name, ""))
			.flatMap((value) -> Stream.of(value.split("\\s+")));
		return Stream.concat(inherited, jvmArguments.stream())
			.anyMatch((argument) -> startsWithAny(argument, ARCHIVE_CHOICES));
	}

	/**
	 * Return the arguments that decide whether an archive fits: a JVM ignores one of a
	 * JVM with another collector, heap layout or opened package.
	 */
	static List<String> decisive(List<String> jvmArguments) {
		return jvmArguments.stream()
			.filter((argument) -> !argument.startsWith("-D") && !startsWithAny(argument, NOT_FOR_TRAINING))
			.toList();
	}

	/**
	 * Return the arguments that the JVM of a training run has, too.
	 */
	static List<String> jvmOfTraining(List<String> jvmArguments) {
		return jvmArguments.stream().filter((argument) -> !startsWithAny(argument, NOT_FOR_TRAINING)).toList();
	}

	/**
	 * Remove the variables that bring what a training run must not have.
	 */
	static void removeFromTraining(Map<String, String> environment) {
		environment.entrySet()
			.removeIf((variable) -> ARGUMENT_VARIABLES.contains(variable.getKey())
					&& Stream.of(variable.getValue().split("\\s+"))
						.anyMatch((argument) -> startsWithAny(argument, NOT_FOR_TRAINING)));
	}

	/**
	 * Return the arguments that the application of a training run has, too.
	 */
	static List<String> applicationOfTraining(List<String> arguments) {
		return arguments.stream()
			.filter((argument) -> !startsWithAny(argument.toLowerCase(Locale.ROOT), SET_FOR_TRAINING))
			.map((argument) -> (argument.toLowerCase(Locale.ROOT).startsWith(MANAGEMENT_PORT)) ? MANAGEMENT_PORT + "-1"
					: argument)
			.toList();
	}

	private static boolean startsWithAny(String argument, List<String> prefixes) {
		return prefixes.stream().anyMatch(argument::startsWith);
	}

}
