package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.FileSystemUtils;

/**
 * Archives of loaded classes with which workers start faster, built in the background.
 * From JDK 25 on an archive is an AOT cache, before that a dynamic CDS archive.
 * <p>
 * A JVM archives only what its own class loaders load, and those cannot read an executable
 * jar of Spring Boot. So the jar is extracted with Spring Boot's {@code tools} jar mode,
 * and a worker that makes use of the archive must start the extracted jar. An application
 * that is not such a jar gets no archive. A training run refreshes the application context
 * without starting its lifecycle beans: it listens on no port and connects to no daemon,
 * but it does create the beans.
 * <p>
 * Layout, with a directory for each jar, JVM and its arguments:<pre>
 * directory/
 *   key/                 hash of the jar's real path, size and time, of the JVM's release
 *                        file, and of its arguments other than system properties
 *     application/       the extracted jar, and its libraries in lib/
 *     startup.jsa|aot    the archive; there only when it is complete
 *   daemon.args          arguments of the JVM with which the next daemon starts from the
 *                        archive of its jar
 * </pre>
 * An archive of a worker has nearly all classes of the daemon of the same application, so
 * the daemon has none of its own. Its path must be known before its JVM starts: the file
 * of arguments keeps its name, and is replaced as a whole. Whoever starts the daemon
 * compares the first line of it with the jar, as the extracted one is a copy of what the
 * jar was.
 */
public final class StartupArchive implements AutoCloseable {

	/**
	 * The system property of a process that runs an extracted jar, with the path of the jar
	 * that it was extracted from.
	 */
	public static final String ORIGINAL_JAR = "fdwork.archive.jar";

	/**
	 * Options of a daemon that is started from an archive, besides those that choose it; not
	 * for its workers. They leave to C1 what is only called often while an application starts,
	 * and to C2 what goes on being called: the thresholds of calls are ten times HotSpot's,
	 * those of loops stay.
	 */
	public static final List<String> DAEMON_OPTIONS = List.of("-XX:+IgnoreUnrecognizedVMOptions",
			"-XX:Tier3DelayOn=0", "-XX:Tier4InvocationThreshold=50000", "-XX:Tier4MinInvocationThreshold=6000",
			"-XX:Tier4CompileThreshold=150000");

	/**
	 * How long building an archive may take unless told otherwise.
	 */
	public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(3);

	private static final Logger logger = LoggerFactory.getLogger(StartupArchive.class);

	private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	private static final FileAttribute<?> OWNER_FILE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

	private static final String APPLICATION = "application";

	private static final String DAEMON_ARGUMENTS = "daemon.args";

	private static final int AOT_CACHE_FEATURE = 25;

	private static final Pattern FEATURE = Pattern.compile("(?m)^JAVA_VERSION=\"?(\\d+)");

	private static final Pattern KEY = Pattern.compile("[0-9a-f]{32}");

	private static final Path NICE = Path.of("/usr/bin/nice");

	private static final int QUOTED_LINES = 5;

	/**
	 * Arguments that choose an archive. A JVM with an AOT cache refuses to start with most
	 * of them.
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
	private static final List<String> SET_FOR_TRAINING = List.of("--fdwork.directory=", "--management.server.port=");

	private final Path directory;

	private final Duration timeout;

	private final Map<String, String> environment;

	private final @Nullable Path daemonJar;

	private final Set<String> failed = ConcurrentHashMap.newKeySet();

	/**
	 * The keys that workers of this process may still be using.
	 */
	private final Set<String> live = ConcurrentHashMap.newKeySet();

	private final Object monitor = new Object();

	// Guarded by the monitor
	private @Nullable Thread training;

	// Guarded by the monitor
	private @Nullable Process process;

	// Guarded by the monitor
	private boolean closed;

	/**
	 * Create archives that may take {@link #DEFAULT_TIMEOUT} to build.
	 * @param directory where the archives are kept, created when there is one to keep.
	 * Whoever can write there has a say in what the workers run
	 * @param daemonJar the jar that the next daemon should be able to start from its archive,
	 * {@code null} for none
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
		this.directory = directory.toAbsolutePath().normalize();
		this.timeout = timeout;
		this.environment = environment;
		this.daemonJar = daemonJar;
	}

	/**
	 * Return the jar that this process runs, which is not the one that it was extracted to.
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
	 * Return how to start the jar: with an archive if there is a finished one, otherwise as
	 * given. Neither waits nor fails. An archive that does not fit the JVM after all is
	 * ignored by it.
	 * @param javaHome the JDK
	 * @param jar the jar
	 * @param jvmArguments the arguments of the JVM, the same as for the training. If they
	 * choose an archive themselves, that is used
	 * @return what to start
	 */
	public Launch launch(Path javaHome, Path jar, List<String> jvmArguments) {
		Launch asGiven = new Launch(jvmArguments, jar);
		try {
			if (choosesArchive(jvmArguments)) {
				return asGiven;
			}
			Target target = target(javaHome, jar, jvmArguments);
			if (target == null || !target.isFinished()) {
				return asGiven;
			}
			this.live.add(target.key());
			List<String> arguments = new ArrayList<>(target.useArguments());
			arguments.addAll(jvmArguments);
			return new Launch(arguments, target.extractedJar());
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Starting {} without an archive", jar, ex);
			return asGiven;
		}
	}

	/**
	 * Begin to build the archive in the background. Does nothing if it is there or could not
	 * be built before, if the arguments choose an archive themselves, or if this or another
	 * archive is being built: so call it again, for instance each time a worker has become
	 * ready. A failure is logged.
	 * @param javaHome the JDK
	 * @param jar the jar
	 * @param jvmArguments all arguments that the JVM of a worker has. Agents, logs and the
	 * like are left out
	 * @param applicationArguments the arguments that a worker has. It is given a directory of
	 * its own and no management port
	 */
	public void train(Path javaHome, Path jar, List<String> jvmArguments, List<String> applicationArguments) {
		try {
			if (choosesArchive(jvmArguments)) {
				return;
			}
			Target target = target(javaHome, jar, jvmArguments);
			if (target == null || this.failed.contains(target.key())) {
				return;
			}
			if (target.isFinished()) {
				offerToDaemon(target);
				return;
			}
			start(new Training(target, List.copyOf(jvmArguments), List.copyOf(applicationArguments)));
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("Building no archive for {}", jar, ex);
		}
	}

	private void start(Training training) {
		synchronized (this.monitor) {
			if (this.closed || this.training != null) {
				return;
			}
			Thread thread = new Thread(() -> run(training), "fdwork-archive");
			thread.setDaemon(true);
			this.training = thread;
			thread.start();
		}
	}

	private boolean buildOrWarn(Training training) {
		Target target = training.target();
		try {
			if (!isExecutableJar(target.jar())) {
				logger.debug("{} is not an executable jar of Spring Boot, so there is no archive for it", target.jar());
				this.failed.add(target.key());
				return false;
			}
			long start = System.nanoTime();
			build(training, start + this.timeout.toNanos());
			this.live.add(target.key());
			offerToDaemon(target);
			logger.info("Built an archive in {} s with which workers of {} start faster",
					TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start), target.jar());
			return true;
		}
		catch (IOException | RuntimeException ex) {
			this.failed.add(target.key());
			delete(target.home());
			if (isClosed()) {
				logger.debug("Stopped building an archive for {}", target.jar(), ex);
			}
			else {
				logger.warn("There is no archive for {}, its workers start without one: {}", target.jar(), ex.toString());
			}
		}
		catch (InterruptedException ex) {
			// Nobody interrupts this thread: it is not handed out
			Thread.currentThread().interrupt();
		}
		return false;
	}

	private void run(Training training) {
		try {
			if (buildOrWarn(training)) {
				deleteStale();
			}
		}
		finally {
			synchronized (this.monitor) {
				this.training = null;
			}
		}
	}

	private void build(Training training, long deadline) throws IOException, InterruptedException {
		Target target = training.target();
		Files.createDirectories(this.directory, OWNER_ONLY);
		// What a process that was killed has left
		FileSystemUtils.deleteRecursively(target.home());
		Files.createDirectory(target.home(), OWNER_ONLY);
		// The archive knows the path of the jar, so it is extracted where it stays
		execute(target, deadline, List.of("-Djarmode=tools", "-jar", target.jar().toString(), "extract", "--destination",
				target.application().toString()));
		if (!Files.isRegularFile(target.extractedJar())) {
			throw new IOException("extracting it has not written " + target.extractedJar() + quoteLog(target));
		}
		// Not in the directory of the archives: its path may be too long for a socket
		Path fdworkDirectory = Files.createTempDirectory("fdwork");
		try {
			execute(target, deadline, training.arguments(fdworkDirectory));
		}
		finally {
			delete(fdworkDirectory);
		}
		if (!Files.isRegularFile(target.unfinishedArchive())) {
			throw new IOException("the training run has not written an archive" + quoteLog(target));
		}
		delete(target.log());
		if (!target.equals(target(target.javaHome(), target.jar(), training.jvmArguments()))) {
			throw new IOException("the jar or the JVM was changed meanwhile");
		}
		move(target.unfinishedArchive(), target.archive());
	}

	/**
	 * Let the next daemon start from the archive, if it is of its jar.
	 */
	private void offerToDaemon(Target target) throws IOException {
		Path jar = this.daemonJar;
		if (jar == null || !Files.exists(jar) || !jar.toRealPath().equals(target.jar())) {
			return;
		}
		Path file = this.directory.resolve(DAEMON_ARGUMENTS);
		String content = target.daemonArguments();
		if (Files.isRegularFile(file) && Files.readString(file).equals(content)) {
			return;
		}
		Path unfinished = this.directory.resolve(DAEMON_ARGUMENTS + ".unfinished");
		Files.deleteIfExists(unfinished);
		Files.createFile(unfinished, OWNER_FILE);
		Files.writeString(unfinished, content);
		move(unfinished, file);
	}

	private static void move(Path from, Path to) throws IOException {
		try {
			Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (AtomicMoveNotSupportedException ex) {
			throw new IOException("its directory has no atomic rename", ex);
		}
	}

	private void execute(Target target, long deadline, List<String> arguments) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>();
		// Workers that serve meanwhile go first
		if (Files.isExecutable(NICE)) {
			command.add(NICE.toString());
		}
		command.add(target.javaHome().resolve("bin").resolve("java").toString());
		command.addAll(arguments);
		logger.debug("Running {}", command);
		Process process = start(command, target.log());
		boolean ended = false;
		try {
			ended = process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
		}
		finally {
			if (!ended) {
				destroy(process);
			}
		}
		if (!ended) {
			throw new IOException("it was not built within " + this.timeout);
		}
		if (process.exitValue() != 0) {
			throw new IOException("java " + arguments.get(0) + " exited with " + process.exitValue() + quoteLog(target));
		}
	}

	private Process start(List<String> command, Path log) throws IOException {
		synchronized (this.monitor) {
			if (this.closed) {
				throw new IOException("closed");
			}
			this.process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
			return this.process;
		}
	}

	private static void destroy(Process process) {
		// A JVM that writes an AOT cache does so in a child, which must not outlive it
		List<ProcessHandle> descendants = process.descendants().toList();
		process.destroyForcibly();
		descendants.forEach(ProcessHandle::destroyForcibly);
	}

	private static String quoteLog(Target target) {
		try {
			List<String> lines = new String(Files.readAllBytes(target.log()), StandardCharsets.UTF_8).lines()
				.filter((line) -> !line.isBlank())
				.toList();
			return ": " + String.join(" / ", lines.subList(Math.max(0, lines.size() - QUOTED_LINES), lines.size()));
		}
		catch (IOException ex) {
			return " (" + ex + ")";
		}
	}

	private void deleteStale() {
		List<Path> homes;
		try (Stream<Path> entries = Files.list(this.directory)) {
			homes = entries.filter((entry) -> KEY.matcher(entry.getFileName().toString()).matches())
				.filter((entry) -> !this.live.contains(entry.getFileName().toString()))
				.toList();
		}
		catch (IOException ex) {
			logger.debug("Cannot list {}", this.directory, ex);
			return;
		}
		if (homes.isEmpty()) {
			return;
		}
		// A mapped archive outlives its file, but the extracted jars are opened when the first
		// class of each is loaded that the archive does not have
		List<String> used = new ArrayList<>();
		// A command line has the name of a file of arguments, not what is in it
		used.add(System.getProperty("java.class.path"));
		try {
			used.add(Files.readString(this.directory.resolve(DAEMON_ARGUMENTS)));
		}
		catch (IOException ex) {
			logger.debug("No daemon starts from an archive in {}", this.directory, ex);
		}
		ProcessHandle.allProcesses().flatMap((handle) -> handle.info().commandLine().stream()).forEach(used::add);
		for (Path home : homes) {
			if (used.stream().noneMatch((commandLine) -> commandLine.contains(home.toString()))) {
				logger.debug("Deleting the stale archive {}", home);
				delete(home);
			}
		}
	}

	private static void delete(Path path) {
		try {
			FileSystemUtils.deleteRecursively(path);
		}
		catch (IOException ex) {
			logger.debug("Cannot delete {}", path, ex);
		}
	}

	private boolean choosesArchive(List<String> jvmArguments) {
		Stream<String> inherited = ARGUMENT_VARIABLES.stream()
			.map((name) -> this.environment.getOrDefault(name, ""))
			.flatMap((value) -> Stream.of(value.split("\\s+")));
		return Stream.concat(inherited, jvmArguments.stream())
			.anyMatch((argument) -> startsWithAny(argument, ARCHIVE_CHOICES));
	}

	private static boolean startsWithAny(String argument, List<String> prefixes) {
		return prefixes.stream().anyMatch(argument::startsWith);
	}

	private static boolean isExecutableJar(Path jar) throws IOException {
		try (JarFile file = new JarFile(jar.toFile())) {
			Manifest manifest = file.getManifest();
			// An extracted jar has the version of Spring Boot, but no longer the libraries
			return manifest != null && manifest.getMainAttributes().getValue("Spring-Boot-Lib") != null;
		}
	}

	private @Nullable Target target(Path javaHome, Path jar, List<String> jvmArguments) throws IOException {
		if (!jar.toString().endsWith(".jar") || !Files.isRegularFile(jar)) {
			return null;
		}
		Path real = jar.toRealPath();
		BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class,
				LinkOption.NOFOLLOW_LINKS);
		String release = Files.readString(javaHome.resolve("release"));
		Matcher feature = FEATURE.matcher(release);
		if (!feature.find()) {
			throw new IOException(javaHome.resolve("release") + " does not say which version it is");
		}
		// A JVM ignores an archive of one with another collector, heap layout or opened package
		List<String> decisive = jvmArguments.stream()
			.filter((argument) -> !argument.startsWith("-D") && !startsWithAny(argument, NOT_FOR_TRAINING))
			.toList();
		String key = hash(String.join("\n", real.toString(), String.valueOf(attributes.size()),
				attributes.lastModifiedTime().toString(), release, String.join("\n", decisive)));
		return new Target(key, javaHome, real, Integer.parseInt(feature.group(1)) >= AOT_CACHE_FEATURE,
				this.directory.resolve(key));
	}

	private static String hash(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(digest, 0, 16);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Each Java platform has SHA-256", ex);
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
			if (this.training != null && this.process != null) {
				destroy(this.process);
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

	/**
	 * A jar and a JVM, and where what is built for them belongs.
	 */
	private record Target(String key, Path javaHome, Path jar, boolean aotCache, Path home) {

		Path application() {
			return this.home.resolve(APPLICATION);
		}

		Path extractedJar() {
			return application().resolve(this.jar.getFileName());
		}

		Path archive() {
			return this.home.resolve((this.aotCache) ? "startup.aot" : "startup.jsa");
		}

		Path unfinishedArchive() {
			return this.home.resolve(archive().getFileName() + ".unfinished");
		}

		Path log() {
			return this.home.resolve("training.log");
		}

		boolean isFinished() {
			return Files.isRegularFile(archive()) && Files.isRegularFile(extractedJar());
		}

		List<String> trainArgument() {
			return List.of(((this.aotCache) ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=") + unfinishedArchive());
		}

		/**
		 * Return what to start a daemon with, for a launcher of Java that reads arguments from
		 * a file. What does not fit another JVM is ignored by it.
		 */
		String daemonArguments() throws IOException {
			BasicFileAttributes attributes = Files.readAttributes(this.jar, BasicFileAttributes.class);
			List<String> lines = new ArrayList<>();
			lines.add("# " + attributes.size() + " " + attributes.lastModifiedTime().to(TimeUnit.SECONDS) + " " + this.jar
					+ " " + this.javaHome.toRealPath());
			lines.addAll(DAEMON_OPTIONS);
			useArguments().forEach((argument) -> lines.add(quote(argument)));
			lines.add(quote("-D" + ORIGINAL_JAR + "=" + this.jar));
			lines.add("-jar");
			lines.add(quote(extractedJar().toString()));
			return String.join("\n", lines) + "\n";
		}

		private static String quote(String argument) {
			return "\"" + argument.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
		}

		/**
		 * Use the archive, or say nothing. An AOT cache cannot be combined with -Xshare; it
		 * need not, an unusable one is ignored unless it is required.
		 */
		List<String> useArguments() {
			return (this.aotCache) ? List.of("-XX:AOTCache=" + archive(), "-Xlog:aot*=off")
					: List.of("-XX:SharedArchiveFile=" + archive(), "-Xshare:auto", "-Xlog:cds*=off");
		}

	}

	/**
	 * A run of the application that leaves an archive.
	 */
	private record Training(Target target, List<String> jvmArguments, List<String> applicationArguments) {

		List<String> arguments(Path fdworkDirectory) {
			List<String> arguments = new ArrayList<>(this.target.trainArgument());
			this.jvmArguments.stream()
				.filter((argument) -> !startsWithAny(argument, NOT_FOR_TRAINING))
				.forEach(arguments::add);
			arguments.addAll(List.of("-Dspring.context.exit=onRefresh", "-jar", this.target.extractedJar().toString()));
			this.applicationArguments.stream()
				.filter((argument) -> !startsWithAny(argument.toLowerCase(Locale.ROOT), SET_FOR_TRAINING))
				.forEach(arguments::add);
			arguments.add("--fdwork.directory=" + fdworkDirectory);
			arguments.add("--management.server.port=-1");
			return arguments;
		}

	}

}
