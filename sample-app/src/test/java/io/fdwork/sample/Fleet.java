package io.fdwork.sample;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.fdwork.internal.archive.StartupArchive;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.FileSystemUtils;

/**
 * A daemon and workers in JVMs of their own. Closing it kills every process that it
 * started.
 */
public final class Fleet implements AutoCloseable {

	/**
	 * How long to wait for what a busy machine does late.
	 */
	public static final Duration PATIENCE = Duration.ofSeconds(180);

	private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

	/**
	 * Which of the processes that run tests this is.
	 */
	private static final int FORK = Integer.getInteger("sample.fork", 1);

	private static final int FORKS = Integer.getInteger("sample.forks", 1);

	private static final Set<Integer> ports = ConcurrentHashMap.newKeySet();

	private static final Duration MANAGEMENT_PATIENCE = Duration.ofSeconds(30);

	private static final int FIRST_PORT = 20_000;

	// Below net.ipv4.ip_local_port_range
	private static final int LAST_PORT = 32_000;

	private static final int PORT_ATTEMPTS = 100;

	private static final String WORKER_JVM_ARGUMENTS = "--fdwork.daemon.fleet.jvm-arguments=";

	private static final Path TEST_CLASSES = Path.of("target", "test-classes").toAbsolutePath();

	private static final JsonMapper mapper = JsonMapper.builder().build();

	private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

	private final Path directory;

	private int port = freePort();

	private final int managementPort = freePort();

	private final List<Jvm> jvms = new ArrayList<>();

	private List<String> prefix = List.of();

	// The exact one about connections, and the fast one to start
	private String serving = "netty";

	// Built once for all tests of the module
	private boolean archived = Boolean.parseBoolean(System.getProperty("sample.archive", "true"));

	private Path extracted;

	/**
	 * Create a fleet without processes, in a directory of its own.
	 */
	public Fleet() throws IOException {
		// Short, for the path of an AF_UNIX socket
		this.directory = Files.createTempDirectory("fdwork-it");
	}

	/**
	 * Find a free port that the kernel gives to no client: one that did could connect to
	 * itself while nobody listens, and keep the next daemon from listening. No other call
	 * returns it, in this process or another one that runs tests.
	 */
	public static int freePort() {
		for (int i = 0; i < PORT_ATTEMPTS; i++) {
			int port = ThreadLocalRandom.current().nextInt(FIRST_PORT, LAST_PORT);
			if (port % FORKS == FORK % FORKS && ports.add(port) && isFree(port)) {
				return port;
			}
		}
		throw new IllegalStateException("No port from " + FIRST_PORT + " to " + LAST_PORT + " is free");
	}

	private static boolean isFree(int port) {
		try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
			return socket.isBound();
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Return the port of the listener, on the loopback address.
	 */
	public int port() {
		return this.port;
	}

	int managementPort() {
		return this.managementPort;
	}

	/**
	 * Let the next daemon listen on another port.
	 */
	void changePort() {
		this.port = freePort();
	}

	/**
	 * Return the directory of the fleet, which is deleted when it is closed.
	 */
	public Path directory() {
		return this.directory;
	}

	/**
	 * Start what is started from now on by a command that executes it.
	 */
	void prefix(String... command) {
		this.prefix = List.of(command);
	}

	/**
	 * Let what is started from the jar from now on serve otherwise than with the pipeline.
	 * @param serving {@code web} or {@code blocking}
	 */
	public void serving(String serving) {
		this.serving = serving;
	}

	/**
	 * Start what is started from now on without the archive, which takes longer to build
	 * than a test with few processes gains.
	 */
	public void withoutArchive() {
		this.archived = false;
	}

	/**
	 * Start a daemon from the jar, and wait until it accepts.
	 */
	Jvm startDaemon(String... arguments) throws IOException {
		Jvm jvm = launchDaemon(arguments);
		await(() -> jvm.requireAlive() && !state().isMissingNode());
		return jvm;
	}

	/**
	 * Start a daemon from the jar.
	 */
	public Jvm launchDaemon(String... arguments) throws IOException {
		return launchDaemonFrom(jar(), arguments);
	}

	/**
	 * Start a worker from the jar.
	 */
	Jvm startWorker(String... arguments) throws IOException {
		return startWorkerFrom(jar(), arguments);
	}

	/**
	 * Start a worker with a test application of its own.
	 */
	Jvm startWorker(Class<?> application, String... arguments) throws IOException {
		return startWorkerFrom(classPath(application), arguments);
	}

	/**
	 * Start a daemon with a test application of its own.
	 */
	Jvm launchDaemon(Class<?> application, String... arguments) throws IOException {
		return launchDaemonFrom(classPath(application), arguments);
	}

	private Jvm launchDaemonFrom(List<String> program, String... arguments) throws IOException {
		List<String> all = new ArrayList<>(List.of("--fdwork.role=daemon",
				"--fdwork.daemon.listeners[0].address=127.0.0.1", "--fdwork.daemon.listeners[0].port=" + this.port,
				"--management.server.port=" + this.managementPort));
		if (this.archived && program.contains("-jar")
				&& Stream.of(arguments).noneMatch((argument) -> argument.startsWith(WORKER_JVM_ARGUMENTS))) {
			// They would not inherit the archive
			all.add(WORKER_JVM_ARGUMENTS + String.join(",", ArchivedSample.launch().jvmArguments()));
		}
		all.addAll(Arrays.asList(arguments));
		return start(program, all);
	}

	/**
	 * Start a worker with a test application of its own and an argument of the JVM.
	 */
	Jvm startWorkerWith(String jvmArgument, Class<?> application, String... arguments) throws IOException {
		List<String> program = new ArrayList<>(List.of(jvmArgument));
		program.addAll(classPath(application));
		return startWorkerFrom(program, arguments);
	}

	private Jvm startWorkerFrom(List<String> program, String... arguments) throws IOException {
		List<String> all = new ArrayList<>(List.of("--fdwork.role=worker"));
		if (Stream.of(arguments).noneMatch((argument) -> argument.startsWith("--management.server.port="))) {
			all.add("--management.server.port=-1");
		}
		all.addAll(Arrays.asList(arguments));
		return start(program, all);
	}

	private List<String> jar() throws IOException {
		if (!this.archived) {
			return List.of("-jar", extracted().toString());
		}
		StartupArchive.Launch launch = ArchivedSample.launch();
		List<String> program = new ArrayList<>(launch.jvmArguments());
		program.addAll(List.of("-jar", launch.jar().toString()));
		return program;
	}

	/**
	 * Return the extracted jar, from which a JVM starts faster. In a test with few
	 * processes, an archive would take longer to build than it gains.
	 */
	private Path extracted() throws IOException {
		if (this.extracted == null) {
			this.extracted = ArchivedSample.extract(this.directory.resolve("application"));
		}
		return this.extracted;
	}

	private static List<String> classPath(Class<?> application) throws IOException {
		StartupArchive.Launch launch = ArchivedSample.launch();
		if (!ArchivedSample.isArchived(launch)) {
			return List.of("-cp", System.getProperty("java.class.path"), application.getName());
		}
		List<String> program = new ArrayList<>(launch.jvmArguments());
		// The archive is for class paths that begin with the jar
		program.addAll(List.of("-cp", launch.jar() + File.pathSeparator + TEST_CLASSES, application.getName()));
		return program;
	}

	private Jvm start(List<String> program, List<String> arguments) throws IOException {
		List<String> command = new ArrayList<>(this.prefix);
		command.add(ArchivedSample.JAVA_HOME.resolve("bin").resolve("java").toString());
		command.addAll(ArchivedSample.JVM_ARGUMENTS);
		command.addAll(program);
		command.add("--fdwork.directory=" + this.directory.resolve("run"));
		command.add("--sample.serving=" + this.serving);
		command.addAll(arguments);
		Jvm jvm = new Jvm(command, this.directory.resolve("jvm-" + this.jvms.size() + ".log"));
		this.jvms.add(jvm);
		return jvm;
	}

	/**
	 * Return what the endpoint of the daemon says, or a missing node if it does not answer.
	 */
	public JsonNode state() {
		String body = management("/actuator/fdwork");
		return (body != null) ? mapper.readTree(body) : mapper.missingNode();
	}

	JsonNode health() {
		String body = management("/actuator/health");
		return (body != null) ? mapper.readTree(body) : mapper.missingNode();
	}

	/**
	 * Operate the daemon over its endpoint.
	 * @return the status and the body of the answer
	 */
	public HttpResponse<String> operate(String operation, String body) throws IOException {
		HttpRequest.Builder request = HttpRequest
			.newBuilder(URI.create("http://127.0.0.1:" + this.managementPort + "/actuator/fdwork/" + operation))
			.timeout(PATIENCE);
		if (body == null) {
			request.POST(HttpRequest.BodyPublishers.noBody());
		}
		else {
			request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
		}
		try {
			return this.http.send(request.build(), HttpResponse.BodyHandlers.ofString());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Return the pids of the workers in a state, in their order.
	 */
	public List<Long> workers(String state) {
		return workers(state(), state);
	}

	/**
	 * Return the pids of the workers in a state, in their order, of what the endpoint has
	 * said.
	 */
	public static List<Long> workers(JsonNode endpoint, String state) {
		List<Long> pids = new ArrayList<>();
		endpoint.path("workers").forEach((worker) -> {
			if (worker.path("state").asString("").equals(state)) {
				pids.add(worker.path("pid").asLong());
			}
		});
		return pids.stream().sorted().toList();
	}

	/**
	 * Return the pids of the processes that the fleet of the daemon has written down.
	 */
	public List<Long> managed() throws IOException {
		Path file = this.directory.resolve("run").resolve("fleet.json");
		List<Long> pids = new ArrayList<>();
		if (Files.exists(file)) {
			mapper.readTree(Files.readAllBytes(file)).path("members").forEach((member) -> pids.add(member.path("pid").asLong()));
		}
		return pids;
	}

	/**
	 * Return what the daemon's management server answers, whatever the status.
	 */
	String management(String path) {
		try {
			URI uri = URI.create("http://127.0.0.1:" + this.managementPort + path);
			return this.http
				.send(HttpRequest.newBuilder(uri).timeout(MANAGEMENT_PATIENCE).build(),
						HttpResponse.BodyHandlers.ofString())
				.body();
		}
		catch (IOException ex) {
			return null;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	long depth() {
		return state().at("/queues/0/depth").asLong(-1);
	}

	long accepted() {
		return state().at("/listeners/0/accepted").asLong(-1);
	}

	/**
	 * Wait until exactly these workers are ready.
	 */
	void awaitReady(Jvm... workers) {
		List<Long> pids = Stream.of(workers).map(Jvm::pid).sorted().toList();
		await(() -> {
			for (Jvm worker : workers) {
				worker.requireAlive();
			}
			return workers("READY").equals(pids);
		});
	}

	/**
	 * Wait until a condition holds, which a machine that others use too may need long for.
	 * @throws AssertionError if it does not hold within {@link #PATIENCE}
	 */
	public static void await(Callable<Boolean> condition) {
		await(PATIENCE, condition);
	}

	// Without a library: sample-app/chaos has those of the jar alone
	static void await(Duration patience, Callable<Boolean> condition) {
		long deadline = System.nanoTime() + patience.toNanos();
		while (!holds(condition)) {
			if (System.nanoTime() > deadline) {
				throw new AssertionError("The condition does not hold within " + patience);
			}
			LockSupport.parkNanos(POLL_INTERVAL.toNanos());
		}
	}

	private static boolean holds(Callable<Boolean> condition) {
		try {
			return condition.call();
		}
		catch (RuntimeException ex) {
			throw ex;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() throws IOException {
		this.jvms.forEach(Jvm::kill);
		// Workers survive the daemon that started them
		for (long pid : managed()) {
			ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
		}
		FileSystemUtils.deleteRecursively(this.directory);
	}

	/**
	 * One process.
	 */
	public static final class Jvm {

		private final Process process;

		private final Path log;

		Jvm(List<String> command, Path log) throws IOException {
			this.log = log;
			this.process = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.start();
		}

		/**
		 * Return the pid.
		 */
		public long pid() {
			return this.process.pid();
		}

		String log() throws IOException {
			return Files.readString(this.log);
		}

		/**
		 * Throw if the process has ended.
		 */
		public boolean requireAlive() throws IOException {
			if (!this.process.isAlive()) {
				throw new AssertionError("JVM " + pid() + " exited with " + this.process.exitValue() + ":\n" + log());
			}
			return true;
		}

		/**
		 * Count the open descriptors.
		 */
		int descriptors() throws IOException {
			try (Stream<Path> entries = Files.list(Path.of("/proc", String.valueOf(pid()), "fd"))) {
				return (int) entries.count();
			}
		}

		void signal(String name) throws IOException {
			try {
				int exit = new ProcessBuilder("kill", "-" + name, String.valueOf(pid())).start().waitFor();
				if (exit != 0) {
					throw new AssertionError("kill -" + name + " " + pid() + " failed");
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			if (name.equals("STOP")) {
				// A thread in recvmsg(2) that has not run since the signal takes what came meanwhile
				await(this::isStopped);
			}
		}

		private boolean isStopped() throws IOException {
			try (Stream<Path> threads = Files.list(Path.of("/proc", String.valueOf(pid()), "task"))) {
				for (Path thread : threads.toList()) {
					if (!Files.readString(thread.resolve("status")).contains("State:\tT")) {
						return false;
					}
				}
			}
			return true;
		}

		/**
		 * Kill the process with SIGKILL and wait for its end.
		 */
		public void kill() {
			this.process.destroyForcibly();
			awaitExit();
		}

		/**
		 * End the process with SIGTERM.
		 * @return its exit code
		 */
		public int terminate() throws IOException {
			signal("TERM");
			return awaitExit();
		}

		int awaitExit() {
			try {
				if (!this.process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
					throw new AssertionError("JVM " + pid() + " does not end");
				}
				return this.process.exitValue();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new IllegalStateException(ex);
			}
		}

	}

}
