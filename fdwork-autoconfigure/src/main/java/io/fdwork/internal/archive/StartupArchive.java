package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.jar.JarFile;
import java.util.jar.Manifest;

import io.fdwork.internal.launch.JvmSetup;
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
	 * The system property of a run that builds an archive.
	 */
	public static final String TRAINING = "fdwork.archive.training";

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

	private final JvmSetup jvm;

	private final Duration timeout;

	private final FailedTrainings failed = new FailedTrainings();

	private final Object monitor = new Object();

	// Guarded by the monitor
	private @Nullable TrainingRun training;

	// Guarded by the monitor
	private boolean closed;

	/**
	 * Create archives that may take {@link #DEFAULT_TIMEOUT} to build.
	 * @param directory where the archives are kept, created when there is one to keep.
	 * Whoever can write there has a say in what the workers run
	 * @param jvm with what JVMs are started, those of training runs too
	 * @param daemonJar the jar that the next daemon should be able to start from its
	 * archive, {@code null} for none
	 * @param log is given what logs for a caller of {@link #launch} and {@link #train},
	 * who does not wait for it
	 */
	public StartupArchive(Path directory, JvmSetup jvm, @Nullable Path daemonJar, Consumer<Runnable> log) {
		this(directory, jvm, daemonJar, DEFAULT_TIMEOUT, log);
	}

	/**
	 * Create archives.
	 * @param directory where the archives are kept, created when there is one to keep.
	 * Whoever can write there has a say in what the workers run
	 * @param jvm with what JVMs are started, those of training runs too
	 * @param daemonJar the jar that the next daemon should be able to start from its
	 * archive, {@code null} for none
	 * @param timeout how long building an archive may take
	 */
	public StartupArchive(Path directory, JvmSetup jvm, @Nullable Path daemonJar, Duration timeout) {
		this(directory, jvm, daemonJar, timeout, Runnable::run);
	}

	private StartupArchive(Path directory, JvmSetup jvm, @Nullable Path daemonJar, Duration timeout,
			Consumer<Runnable> log) {
		this.store = new ArchiveStore(directory, daemonJar, log);
		this.jvm = jvm;
		this.timeout = timeout;
	}

	/**
	 * Return the jar that this process runs, which is not the one that it was extracted
	 * to.
	 * @return the jar or WAR, or {@code null} if it is not one that is run
	 */
	public static @Nullable Path ownJar() {
		String classPath = System.getProperty("java.class.path");
		return (isRun(classPath, System.getProperty("sun.java.command", "")))
				? Path.of(System.getProperty(ORIGINAL_JAR, classPath)) : null;
	}

	/**
	 * Return whether the class path is what {@code java -jar} was given, whatever its
	 * name ends with.
	 */
	static boolean isRun(String classPath, String command) {
		return !classPath.isEmpty() && (command + " ").startsWith(classPath + " ");
	}

	/**
	 * Return how to start the jar: with an archive if there is one with all that belongs
	 * to it, otherwise as given. Neither waits nor fails. An archive that does not fit
	 * the JVM after all is ignored by it.
	 * @param jar the jar
	 * @param jvmArguments the arguments of the JVM, the same as for the training. If they
	 * choose an archive themselves, that is used
	 * @return what to start
	 */
	public Launch launch(Path jar, List<String> jvmArguments) {
		Launch asGiven = new Launch(jvmArguments, jar);
		try {
			ArchiveKey key = key(jar, jvmArguments);
			ArchiveHome home = (key != null) ? this.store.find(key) : null;
			if (home == null) {
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
	 * Return what is wrong with the archive that a jar is started from.
	 * @param jar of a {@link Launch}
	 * @return for people, {@code null} if nothing is, or it is not of an archive
	 */
	public static @Nullable String damage(@Nullable Path jar) {
		Path application = (jar != null) ? jar.getParent() : null;
		Path home = (application != null) ? application.getParent() : null;
		return (home != null && ArchiveKey.isDirectoryName(String.valueOf(home.getFileName()))
				&& ArchiveManifest.isIn(home)) ? ArchiveManifest.damage(home) : null;
	}

	/**
	 * Begin to build the archive in the background. Does nothing if it is there or could
	 * not be built not long ago, if the arguments choose an archive themselves, or if
	 * this or another archive is being built: so call it again, for instance each time
	 * all workers have become ready. A failure is logged.
	 * @param jar the jar
	 * @param jvmArguments all arguments that the JVM of a worker has. Agents, logs and
	 * the like are left out
	 * @param applicationArguments the arguments that a worker has. It is given a
	 * directory of its own and no management port of its own
	 */
	public void train(Path jar, List<String> jvmArguments, List<String> applicationArguments) {
		try {
			ArchiveKey key = key(jar, jvmArguments);
			if (key == null || this.failed.contains(key)) {
				return;
			}
			ArchiveHome home = this.store.find(key);
			if (home != null) {
				this.store.offerToDaemon(home);
				return;
			}
			start(new TrainingRun(this.jvm, key, jvmArguments, applicationArguments));
		}
		catch (IOException | RuntimeException | Error ex) {
			logger.debug("Building no archive for {}", jar, ex);
		}
	}

	/**
	 * Return the key of the archive, or {@code null} if there is none to make use of or
	 * to build.
	 */
	private @Nullable ArchiveKey key(Path jar, List<String> jvmArguments) throws IOException {
		return (ArchiveArguments.choose(jvmArguments, this.jvm.builder(List.of()).environment())) ? null
				: ArchiveKey.of(this.jvm.javaHome(), jar, jvmArguments);
	}

	private void start(TrainingRun training) {
		synchronized (this.monitor) {
			if (this.closed || this.training != null) {
				return;
			}
			Thread thread = new Thread(() -> run(training), "fdwork-archive");
			thread.setDaemon(true);
			thread.start();
			// It takes this back under the monitor
			this.training = training;
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
		ArchiveHome home = null;
		try {
			if (!isExecutableJar(key.jar())) {
				logger.debug("{} is not an executable jar of Spring Boot, so there is no archive for it", key.jar());
				this.failed.addForGood(key);
				return false;
			}
			long start = System.nanoTime();
			home = this.store.create(key);
			training.run(home, this.timeout);
			this.store.finish(home);
			this.store.offerToDaemon(home);
			logger.info("Built an archive in {} s with which workers of {} start faster",
					TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start), key.jar());
			return true;
		}
		catch (IOException | RuntimeException | Error ex) {
			if (home != null) {
				ArchiveStore.delete(home.directory());
			}
			if (training.isCancelled()) {
				logger.debug("Stopped building an archive for {}", key.jar(), ex);
			}
			else {
				this.failed.add(key);
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

	/**
	 * Destroy the training run if there is one, as the machine is needed for something
	 * else. It begins anew when {@link #train} is called the next time.
	 */
	public void cancel() {
		synchronized (this.monitor) {
			if (this.training != null) {
				this.training.cancel();
			}
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
			cancel();
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
