package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.fdwork.fleet.WorkerOutput;
import org.jspecify.annotations.Nullable;

/**
 * How the workers of a fleet are started.
 *
 * @param javaHome the JDK
 * @param jar the jar to run, possibly a symbolic link, or {@code null} to run the main
 * class
 * @param classPath the class path of the main class, if no jar is run
 * @param mainClass the main class, if no jar is run
 * @param jvmArguments the arguments of the JVM
 * @param arguments the arguments of the application
 * @param environment variables besides those of the daemon
 * @param workingDirectory the working directory, or {@code null} for that of the daemon
 * @param output where the output goes
 * @param jsonConsole whether the daemon logs JSON to its standard output
 * @param archive whether an archive of loaded classes is built with which workers start
 * faster
 */
public record WorkerCommand(Path javaHome, @Nullable Path jar, String classPath, String mainClass,
		List<String> jvmArguments, List<String> arguments, Map<String, String> environment,
		@Nullable Path workingDirectory, WorkerOutput output, boolean jsonConsole, boolean archive) {

	/**
	 * What fdwork needs of the JDK, whatever a user's arguments are.
	 */
	private static final List<String> OPENED = List.of("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
			"--add-opens=java.base/java.io=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED");

	/**
	 * Return all arguments of the JVM.
	 * @return what fdwork needs, then what was configured
	 */
	List<String> allJvmArguments() {
		List<String> all = new ArrayList<>(OPENED);
		all.addAll(this.jvmArguments);
		return all;
	}

	/**
	 * Put the command together.
	 * @param jvmArguments all arguments of the JVM
	 * @param runnable the jar to run, or {@code null} to run the main class
	 * @return the words of the command
	 */
	List<String> line(List<String> jvmArguments, @Nullable Path runnable) {
		List<String> line = new ArrayList<>();
		line.add(this.javaHome.resolve("bin").resolve("java").toString());
		line.addAll(jvmArguments);
		if (runnable != null) {
			line.addAll(List.of("-jar", runnable.toString()));
		}
		else {
			line.addAll(List.of("-cp", this.classPath, this.mainClass));
		}
		line.addAll(this.arguments);
		return line;
	}

}
