package io.fdwork.sample;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.fdwork.fleet.StartupArchive;
import io.fdwork.fleet.StartupArchive.Launch;

/**
 * The sample as a fleet starts it when it has an archive. Tests start many JVMs, and each
 * takes half the time so.
 */
final class ArchivedSample {

	static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

	static final Path ARCHIVES = Path.of("target", "archives").toAbsolutePath();

	/**
	 * Arguments of JVMs that live for seconds.
	 */
	static final List<String> JVM_ARGUMENTS = List.of("-XX:TieredStopAtLevel=1", "-Xmx256m");

	private static final Path JAR = Path.of("target", "sample-app.jar").toAbsolutePath();

	private static final Duration TRAINING = Duration.ofMinutes(4);

	private static Launch launch;

	private ArchivedSample() {
	}

	/**
	 * Return what starts the sample. The first call builds the archive.
	 */
	static synchronized Launch launch() {
		if (launch == null) {
			try (StartupArchive archive = new StartupArchive(ARCHIVES, TRAINING)) {
				archive.train(JAVA_HOME, JAR, JVM_ARGUMENTS, List.of("--fdwork.role=worker"));
				Fleet.await(TRAINING, () -> !archive.launch(JAVA_HOME, JAR, JVM_ARGUMENTS).jar().equals(JAR));
				launch = archive.launch(JAVA_HOME, JAR, JVM_ARGUMENTS);
			}
		}
		return launch;
	}

}
