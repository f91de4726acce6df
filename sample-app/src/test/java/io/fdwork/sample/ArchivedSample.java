package io.fdwork.sample;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;

import io.fdwork.fleet.StartupArchive;
import io.fdwork.fleet.StartupArchive.Launch;

/**
 * The sample as a fleet starts it when it has an archive. Tests start many JVMs, and each
 * takes half the time so.
 */
public final class ArchivedSample {

	static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

	static final Path ARCHIVES = Path.of("target", "archives").toAbsolutePath();

	private static final Path LOCK = Path.of("target", "archives.lock");

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
	 * Return what starts the sample. The first call builds the archive, in one of the
	 * processes that run tests; the others wait for it.
	 */
	public static synchronized Launch launch() throws IOException {
		if (launch == null) {
			try (FileChannel lock = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
					FileLock held = lock.lock();
					StartupArchive archive = new StartupArchive(ARCHIVES, TRAINING)) {
				archive.train(JAVA_HOME, JAR, JVM_ARGUMENTS, List.of("--fdwork.role=worker"));
				Fleet.await(TRAINING, () -> !archive.launch(JAVA_HOME, JAR, JVM_ARGUMENTS).jar().equals(JAR));
				launch = archive.launch(JAVA_HOME, JAR, JVM_ARGUMENTS);
			}
		}
		return launch;
	}

}
