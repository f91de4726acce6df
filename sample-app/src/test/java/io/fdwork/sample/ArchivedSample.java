package io.fdwork.sample;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import io.fdwork.internal.archive.StartupArchive;
import io.fdwork.internal.archive.StartupArchive.Launch;

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

	private static final Duration TRAINING = Duration.ofMinutes(8);

	private static Launch launch;

	private ArchivedSample() {
	}

	/**
	 * Return what starts the sample. The first call builds the archive, in one of the
	 * processes that run tests; the others wait for it. Where that takes too long, as the
	 * training gives way to whatever else runs, it is started without.
	 */
	public static synchronized Launch launch() throws IOException {
		if (launch == null) {
			try (FileChannel lock = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
					FileLock held = lock.lock();
					StartupArchive archive = new StartupArchive(ARCHIVES, TRAINING)) {
				archive.train(JAVA_HOME, JAR, JVM_ARGUMENTS, List.of("--fdwork.role=worker"));
				long deadline = System.nanoTime() + TRAINING.toNanos();
				Fleet.await(TRAINING.multipliedBy(2), () -> isArchived(archive.launch(JAVA_HOME, JAR, JVM_ARGUMENTS))
						|| System.nanoTime() > deadline);
				launch = archive.launch(JAVA_HOME, JAR, JVM_ARGUMENTS);
				if (isArchived(launch)) {
					letOthersRead(launch.jar());
				}
			}
		}
		return launch;
	}

	static boolean isArchived(Launch launch) {
		return !launch.jar().equals(JAR);
	}

	// Some tests start JVMs as another user
	private static void letOthersRead(Path jar) throws IOException {
		letOthersReadOne(ARCHIVES);
		// Nothing else: an archive of an older jar may be just being deleted
		try (Stream<Path> paths = Files.walk(jar.getParent().getParent())) {
			for (Path path : paths.toList()) {
				letOthersReadOne(path);
			}
		}
	}

	private static void letOthersReadOne(Path path) throws IOException {
		Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
		boolean changed = permissions.addAll(EnumSet.of(PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ));
		if (Files.isDirectory(path)) {
			changed |= permissions
				.addAll(EnumSet.of(PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE));
		}
		if (changed) {
			Files.setPosixFilePermissions(path, permissions);
		}
	}

	/**
	 * Extract the jar without building an archive.
	 * @param directory where to, which must not exist
	 * @return the jar to start
	 */
	static Path extract(Path directory) throws IOException {
		Process process = new ProcessBuilder(JAVA_HOME.resolve("bin").resolve("java").toString(),
				"-XX:TieredStopAtLevel=1", "-Djarmode=tools", "-jar", JAR.toString(), "extract", "--destination",
				directory.toString())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			if (!process.waitFor(TRAINING.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
				throw new IOException("The jar cannot be extracted to " + directory);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
		finally {
			process.destroyForcibly();
		}
		return directory.resolve(JAR.getFileName());
	}

}
