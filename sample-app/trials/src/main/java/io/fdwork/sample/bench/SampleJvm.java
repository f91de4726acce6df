package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.fdwork.sample.fixture.ArchivedSample;
import org.jspecify.annotations.Nullable;

/**
 * The command of a JVM that runs the sample.
 */
final class SampleJvm {

	/**
	 * The JDK that runs the benchmark.
	 */
	static final Path JAVA_HOME = ArchivedSample.JAVA_HOME;

	private static final List<String> JVM_ARGUMENTS = List.of("-Xmx512m");

	private static final int FIRST_WITH_VIRTUAL_THREADS = 21;

	private SampleJvm() {
	}

	/**
	 * Return the command that runs a jar of the sample.
	 * @param javaHome the JDK
	 * @param jar the jar
	 * @param arguments those of the application
	 */
	static List<String> jar(Path javaHome, Path jar, List<String> arguments) {
		return command(javaHome, List.of("-jar", jar.toString()), arguments);
	}

	/**
	 * Return the command that runs an application of the trials with the libraries of the
	 * jar.
	 * @param application the class with its main method
	 * @param arguments those of the application
	 */
	static List<String> application(Class<?> application, List<String> arguments) {
		// The last three as in the manifest of the jar
		return command(JAVA_HOME,
				List.of("--add-opens=java.base/sun.nio.ch=ALL-UNNAMED", "--add-opens=java.base/java.io=ALL-UNNAMED",
						"-Dloader.path=" + ownPath(application), "-Dloader.main=" + application.getName(), "-cp",
						ArchivedSample.JAR.toString(), "org.springframework.boot.loader.launch.PropertiesLauncher"),
				arguments);
	}

	private static String ownPath(Class<?> application) {
		return application.getProtectionDomain().getCodeSource().getLocation().getPath();
	}

	private static List<String> command(Path javaHome, List<String> program, List<String> arguments) {
		List<String> command = new ArrayList<>();
		command.add(javaHome.resolve("bin").resolve("java").toString());
		command.addAll(JVM_ARGUMENTS);
		// A system property, so that arguments can say otherwise
		command.add("-Dserver.port=0");
		command.addAll(program);
		command.add("--logging.level.root=warn");
		command.addAll(arguments);
		return command;
	}

	/**
	 * Find a JDK that has virtual threads: the one that runs the benchmark, or one that
	 * is installed beside it.
	 * @return its home, {@code null} if there is none
	 */
	static @Nullable Path withVirtualThreads() {
		if (Runtime.version().feature() >= FIRST_WITH_VIRTUAL_THREADS) {
			return JAVA_HOME;
		}
		try (DirectoryStream<Path> homes = Files.newDirectoryStream(JAVA_HOME.toRealPath().getParent())) {
			for (Path home : homes) {
				if (feature(home) >= FIRST_WITH_VIRTUAL_THREADS) {
					return home;
				}
			}
		}
		catch (IOException ex) {
			// None that can be read
		}
		return null;
	}

	private static int feature(Path home) throws IOException {
		Path release = home.resolve("release");
		if (!Files.isReadable(release) || !Files.isExecutable(home.resolve("bin").resolve("java"))) {
			return 0;
		}
		Matcher matcher = Pattern.compile("JAVA_VERSION=\"(\\d+)").matcher(Files.readString(release));
		return (matcher.find()) ? Integer.parseInt(matcher.group(1)) : 0;
	}

}
