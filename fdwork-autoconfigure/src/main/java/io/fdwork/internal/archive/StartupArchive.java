package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Archives of loaded classes with which workers start faster, built in the background.
 * From JDK 25 on an archive is an AOT cache, before that a dynamic CDS archive.
 * <p>
 * A JVM archives only what its own class loaders load, and those cannot read an
 * executable jar of Spring Boot. So the jar is extracted with Spring Boot's {@code tools}
 * jar mode, and a worker that makes use of the archive must start the extracted jar. An
 * application that is not such a jar gets no archive.
 */
public final class StartupArchive implements AutoCloseable {

	/**
	 * The system property of a process that runs an extracted jar, with the path of the
	 * jar that it was extracted from.
	 */
	public static final String ORIGINAL_JAR = "fdwork.archive.jar";

	/**
	 * Options of a daemon that is started from an archive, besides those that choose it;
	 * not for its workers. They leave to C1 what is only called often while an
	 * application starts, and to C2 what goes on being called: the thresholds of calls
	 * are ten times HotSpot's, those of loops stay.
	 */
	public static final List<String> DAEMON_OPTIONS = List.of("-XX:+IgnoreUnrecognizedVMOptions", "-XX:Tier3DelayOn=0",
			"-XX:Tier4InvocationThreshold=50000", "-XX:Tier4MinInvocationThreshold=6000",
			"-XX:Tier4CompileThreshold=150000");

	/**
	 * How long building an archive may take unless told otherwise.
	 */
	public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(3);

	private static final Logger logger = LoggerFactory.getLogger(StartupArchive.class);

	private final ArchiveStore store;

	private final Duration timeout;

	private final Map<String, String> environment;

	private final Set<ArchiveKey> failed = ConcurrentHashMap.newKeySet();

	private final Object monitor = new Object();

	// Guarded by the monitor
	private @Nullable TrainingRun training;

	// Guarded by the monitor
	private boolean closed;

	/**
	 * Create archives that may take {@link #DEFAULT_TIMEOUT} to build.
	 * @param directory where the archives are kept, created when there is one to keep.
	 * Whoever can write there has a say in what the workers run
	 * @param daemonJar the jar that the next daemon should be able to start from its
	 * archive, {@code null} for none
	 */
	public StartupArchive(Path directory, @Nullable Path daemonJar) {
		this(directory, DEFAULT_TIMEOUT, System.getenv(), daemonJar);
	}

	/**
	 * Create archives.
	 * @param directory where the archives are kept, created when there is one to keep.
	 * Whoever can write there has a say in what the workers run
	 * @param timeout how long building an archive may take
	 */
	public StartupArchive(Path directory, Duration timeout) {
		this(directory, timeout, System.getenv(), null);
	}

	StartupArchive(Path directory, Duration timeout, Map<String, String> environment, @Nullable Path daemonJar) {
		this.store = new ArchiveStore(directory, daemonJar);
		this.timeout = timeout;
		this.environment = environment;
	}

	/**
	 * Return the jar that this process runs, which is not the one that it was extracted
	 * to.
	 * @return the jar, or {@code null} if it is not a jar that is run
	 */
	public static @Nullable Path ownJar() {
		String classPath = System.getProperty("java.class.path");
		if (!classPath.endsWith(".jar") || !System.getProperty("sun.java.command", "").startsWith(classPath)) {
			return null;
		}
		return Path.of(System.getProperty(ORIGINAL_JAR, classPath));
	}

	/**
	 * Return how to start the jar: with an archive if there is a finished one, otherwise
	 * as given. Neither waits nor fails. An archive that does not fit the JVM after all
	 * is ignored by it.
	 * @param javaHome the JDK
	 * @param jar the jar
	 * @param jvmArguments the arguments of the JVM, the same as for the training. If they
	 * choose an archive themselves, that is used
	 * @return what to start
	 */
	public Launch launch(Path javaHome, Path jar, List<String> jvmArguments) {
		Launch asGiven = new Launch(jvmArguments, jar);
		try {
			ArchiveKey key = key(javaHome, jar, jvmArguments);
			if (key == null) {
				return asGiven;
			}
			ArchiveHome home = this.store.home(key);
			if (!home.isFinished()) {
				return asGiven;
			}
			this.store.keep(home);
			List<String> arguments = new ArrayList<>(home.useArguments());
			arguments.addAll(jvmArguments);
			return new Launch(arguments, home.extractedJar());
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Starting {} without an archive", jar, ex);
			return asGiven;
		}
	}

	/**
	 * Begin to build the archive in the background. Does nothing if it is there or could
	 * not be built before, if the arguments choose an archive themselves, or if this or
	 * another archive is being built: so call it again, for instance each time a worker
	 * has become ready. A failure is logged.
	 * @param javaHome the JDK
	 * @param jar the jar
	 * @param jvmArguments all arguments that the JVM of a worker has. Agents, logs and
	 * the like are left out
	 * @param applicationArguments the arguments that a worker has. It is given a
	 * directory of its own and no management port
	 */
	public void train(Path javaHome, Path jar, List<String> jvmArguments, List<String> applicationArguments) {
		try {
			ArchiveKey key = key(javaHome, jar, jvmArguments);
			if (key == null || this.failed.contains(key)) {
				return;
			}
			ArchiveHome home = this.store.home(key);
			if (home.isFinished()) {
				this.store.offerToDaemon(home);
				return;
			}
			start(new TrainingRun(key, jvmArguments, applicationArguments));
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Building no archive for {}", jar, ex);
		}
	}

	/**
	 * Return the key of the archive, or {@code null} if there is none to make use of or
	 * to build.
	 */
	private @Nullable ArchiveKey key(Path javaHome, Path jar, List<String> jvmArguments) throws IOException {
		return (ArchiveArguments.choose(jvmArguments, this.environment)) ? null
				: ArchiveKey.of(javaHome, jar, jvmArguments);
	}

	private void start(TrainingRun training) {
		synchronized (this.monitor) {
			if (this.closed || this.training != null) {
				return;
			}
			Thread thread = new Thread(() -> run(training), "fdwork-archive");
			thread.setDaemon(true);
			this.training = training;
			thread.start();
		}
	}

	private void run(TrainingRun training) {
		try {
			if (buildOrWarn(training)) {
				this.store.deleteStale();
			}
		}
		finally {
			synchronized (this.monitor) {
				this.training = null;
			}
		}
	}

	private boolean buildOrWarn(TrainingRun training) {
		ArchiveKey key = training.key();
		try {
			if (!isExecutableJar(key.jar())) {
				logger.debug("{} is not an executable jar of Spring Boot, so there is no archive for it", key.jar());
				this.failed.add(key);
				return false;
			}
			long start = System.nanoTime();
			ArchiveHome home = this.store.create(key);
			training.run(home, this.timeout);
			this.store.finish(home);
			this.store.offerToDaemon(home);
			logger.info("Built an archive in {} s with which workers of {} start faster",
					TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start), key.jar());
			return true;
		}
		catch (IOException | RuntimeException ex) {
			this.failed.add(key);
			ArchiveStore.delete(this.store.home(key).directory());
			if (isClosed()) {
				logger.debug("Stopped building an archive for {}", key.jar(), ex);
			}
			else {
				logger.warn("There is no archive for {}, its workers start without one: {}", key.jar(), ex.toString());
			}
		}
		catch (InterruptedException ex) {
			// Nobody interrupts this thread: it is not handed out
			Thread.currentThread().interrupt();
		}
		return false;
	}

	private static boolean isExecutableJar(Path jar) throws IOException {
		try (JarFile file = new JarFile(jar.toFile())) {
			Manifest manifest = file.getManifest();
			// An extracted jar has the version of Spring
			// Boot, but no longer the libraries
			return manifest != null && manifest.getMainAttributes().getValue("Spring-Boot-Lib") != null;
		}
	}

	private boolean isClosed() {
		synchronized (this.monitor) {
			return this.closed;
		}
	}

	/**
	 * Build no more archives, and destroy the training run if there is one. Archives that
	 * are there are still made use of.
	 */
	@Override
	public void close() {
		synchronized (this.monitor) {
			this.closed = true;
			if (this.training != null) {
				this.training.cancel();
			}
		}
	}

	/**
	 * What to start.
	 *
	 * @param jvmArguments all arguments of the JVM, those that were given among them
	 * @param jar the jar to start, which need not be the one that was given
	 */
	public record Launch(List<String> jvmArguments, Path jar) {

		/**
		 * Create a launch.
		 */
		public Launch {
			jvmArguments = List.copyOf(jvmArguments);
		}

	}

}
