package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.fleet.WorkerOutput;
import io.fdwork.internal.launch.JvmSetup;
import org.jspecify.annotations.Nullable;

/**
 * How the workers of a fleet are started.
 *
 * @param jvm with what each is started, whatever it runs
 * @param jar the jar to run, possibly a symbolic link, or {@code null} to run the main
 * class
 * @param classPath the class path of the main class, if no jar is run
 * @param mainClass the main class, if no jar is run
 * @param jvmArguments the arguments of the JVM
 * @param arguments the arguments of the application
 * @param output where the output goes
 * @param jsonConsole whether the daemon logs JSON to its standard output
 * @param trainingArguments the arguments of the application for a run that builds an
 * archive
 * @param archives where archives of loaded classes are kept with which workers start
 * faster, {@code null} to build none
 */
public record WorkerCommand(JvmSetup jvm, @Nullable Path jar, String classPath, String mainClass,
		List<String> jvmArguments, List<String> arguments, WorkerOutput output, boolean jsonConsole,
		List<String> trainingArguments, @Nullable Path archives) {

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
	 * Put the arguments together that come after the name of the JVM.
	 * @param jvmArguments all arguments of the JVM
	 * @param runnable the jar to run, or {@code null} to run the main class
	 * @return the words
	 */
	List<String> words(List<String> jvmArguments, @Nullable Path runnable) {
		List<String> words = new ArrayList<>(jvmArguments);
		if (runnable != null) {
			words.addAll(List.of("-jar", runnable.toString()));
		}
		else {
			words.addAll(List.of("-cp", this.classPath, this.mainClass));
		}
		words.addAll(this.arguments);
		return words;
	}

}
