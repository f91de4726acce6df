package io.fdwork;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.contentOf;

/**
 * A test in a JVM of its own that may open few files.
 */
public final class LimitedJvm {

	private LimitedJvm() {
	}

	/**
	 * Run a test, and check that it does not fail.
	 * @param test has the test as its main method, whose argument is the directory
	 * @param limit how many files it may open
	 * @param directory an empty directory
	 * @param prefix a command that executes the one that it is given
	 */
	public static void run(Class<?> test, int limit, Path directory, String... prefix)
			throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(List.of("prlimit", "--nofile=" + limit));
		command.addAll(Arrays.asList(prefix));
		command.addAll(List.of(ProcessHandle.current().info().command().orElseThrow(), "-cp",
				System.getProperty("java.class.path"), "-XX:TieredStopAtLevel=1", test.getName(),
				directory.toString()));
		File output = directory.resolve("output").toFile();
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output).start();
		try {
			assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
			assertThat(process.exitValue()).as(contentOf(output)).isZero();
		}
		finally {
			process.destroyForcibly();
		}
	}

}
