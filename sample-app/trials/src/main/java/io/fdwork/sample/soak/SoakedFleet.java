package io.fdwork.sample.soak;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.Ports;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.util.FileSystemUtils;

/**
 * A daemon and the two workers that it has started, on the loopback address, in JVMs that
 * can be asked what they use. Closing it kills every process of it.
 * <p>
 * One thread starts it and takes snapshots; any thread may close.
 */
final class SoakedFleet implements AutoCloseable {

	/**
	 * Arguments of the JVMs of a fleet that tells what it uses.
	 */
	static final List<String> JVM_ARGUMENTS = List.of("-Xmx256m", "-XX:NativeMemoryTracking=summary");

	private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

	private static final int WORKERS = 2;

	private static final int TIMEOUT_MILLIS = 30_000;

	/**
	 * At low priority on a machine that others use too.
	 */
	private static final Duration START = Duration.ofMinutes(10);

	private static final Duration SETTLING = Duration.ofSeconds(30);

	/**
	 * Longer than from one report of a worker to the next.
	 */
	private static final Duration REPORTING = Duration.ofSeconds(3);

	private static final Duration POLL_INTERVAL = Duration.ofMillis(200);

	private static final Duration JCMD = Duration.ofMinutes(2);

	private final Path directory = Files.createTempDirectory("fdwork-soak");

	private final Path log = this.directory.resolve("daemon.log");

	private final int port = Ports.free();

	private final int managementPort = Ports.free();

	private final Set<ProcessHandle> processes = new HashSet<>();

	private @Nullable Process daemon;

	private boolean closed;

	SoakedFleet() throws IOException {
	}

	int port() {
		return this.port;
	}

	/**
	 * Start the daemon, and wait for its workers.
	 * @param jvmArguments arguments of each JVM
	 * @param jar the jar of the sample
	 */
	void start(List<String> jvmArguments, Path jar) throws IOException {
		List<String> command = new ArrayList<>(List.of(JAVA_HOME.resolve("bin").resolve("java").toString()));
		command.addAll(jvmArguments);
		command.addAll(List.of("-jar", jar.toString(), "--fdwork.role=daemon",
				"--fdwork.directory=" + this.directory.resolve("run"), "--fdwork.daemon.listeners[0].address=127.0.0.1",
				"--fdwork.daemon.listeners[0].port=" + this.port, "--management.server.port=" + this.managementPort,
				"--sample.serving=netty", "--fdwork.daemon.fleet.min=" + WORKERS,
				"--fdwork.daemon.fleet.max=" + WORKERS,
				// Building one in between would be measured too
				"--fdwork.daemon.fleet.cds-archive=false"));
		for (int i = 0; i < jvmArguments.size(); i++) {
			// The daemon's own, but that fleets leave out those that choose an archive
			command.add("--fdwork.daemon.fleet.jvm-arguments[" + i + "]=" + jvmArguments.get(i));
		}
		launch(command);
		if (!awaitWithin(START, () -> ForkedFleet.workers(state(), "READY").size() == WORKERS)) {
			throw new IllegalStateException("There were no " + WORKERS + " workers within " + START + ":\n" + log());
		}
		remember();
	}

	private synchronized void launch(List<String> command) throws IOException {
		if (this.closed) {
			throw new IllegalStateException("The fleet is closed");
		}
		this.daemon = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(this.log.toFile()).start();
	}

	private synchronized Process daemon() {
		Process daemon = this.daemon;
		if (daemon == null) {
			throw new IllegalStateException("There is no daemon yet");
		}
		return daemon;
	}

	// Workers of a daemon that has ended are nobody's children
	private synchronized void remember() {
		if (this.daemon != null) {
			this.processes.add(this.daemon.toHandle());
			this.daemon.descendants().forEach(this.processes::add);
		}
	}

	private JsonNode state() throws IOException {
		if (!daemon().isAlive()) {
			throw new IllegalStateException("The daemon exited with " + daemon().exitValue() + ":\n" + log());
		}
		try {
			return JsonMapper.shared().readTree(management("/actuator/fdwork"));
		}
		catch (IOException ex) {
			// It does not listen yet
			return JsonMapper.shared().missingNode();
		}
	}

	private String log() throws IOException {
		return Files.readString(this.log);
	}

	private String management(String path) throws IOException {
		HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + this.managementPort + path)
			.toURL()
			.openConnection();
		connection.setConnectTimeout(TIMEOUT_MILLIS);
		connection.setReadTimeout(TIMEOUT_MILLIS);
		// One that is kept alive would be a descriptor of the daemon
		connection.setRequestProperty("Connection", "close");
		try (InputStream in = connection.getInputStream()) {
			return new String(in.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	/**
	 * Wait until nothing is in service or in the queue, collect all garbage, and measure.
	 * @param former what was measured before: there may be a moment's more descriptors
	 * now, whose end is waited for
	 */
	Snapshot snapshot(@Nullable Snapshot former) throws IOException {
		// If it does not become so, that is what the report says
		awaitWithin(SETTLING, () -> isIdle(state()));
		List<Long> pids = new ArrayList<>(List.of(daemon().pid()));
		pids.addAll(ForkedFleet.workers(state(), "READY"));
		Map<Long, String> told = new LinkedHashMap<>();
		for (long pid : pids) {
			// Twice: what the first one found to be forgotten has been cleaned up then
			jcmd(pid, "GC.run");
			told.put(pid, jcmd(pid, "GC.run\nGC.heap_info\nVM.native_memory summary"));
		}
		pause(REPORTING);
		String scrape = management("/actuator/prometheus");
		JsonNode queue = state().at("/queues/0");
		// Last, as to ask takes a descriptor that the daemon closes after the answer
		awaitWithin(SETTLING,
				() -> former == null || former.processes()
					.values()
					.stream()
					.allMatch((figures) -> descriptors(figures.pid()) <= figures.descriptors()));
		Map<String, Figures> processes = new LinkedHashMap<>();
		for (Map.Entry<Long, String> entry : told.entrySet()) {
			processes.put((processes.isEmpty()) ? "daemon" : "worker " + processes.size(),
					figures(entry.getKey(), entry.getValue(), scrape));
		}
		return new Snapshot(processes, queue.path("put").asLong(), queue.path("got").asLong(),
				queue.path("depth").asLong());
	}

	private static boolean isIdle(JsonNode state) {
		JsonNode queue = state.at("/queues/0");
		long active = 0;
		for (JsonNode worker : state.path("workers")) {
			active += worker.path("active").asLong();
		}
		return active == 0 && queue.path("depth").asLong(-1) == 0
				&& queue.path("put").asLong() == queue.path("got").asLong();
	}

	private static Figures figures(long pid, String told, String scrape) throws IOException {
		String status = Files.readString(Path.of("/proc", String.valueOf(pid), "status"));
		return new Figures(pid, descriptors(pid), Figures.status(status, "Threads"), Figures.heapBytes(told),
				Figures.nativeBytes(told), Figures.status(status, "VmRSS") << 10,
				Figures.meter(scrape, "fdwork_descriptors_open", pid),
				Figures.meter(scrape, "fdwork_descriptors_leaked_total", pid));
	}

	private static long descriptors(long pid) {
		try (Stream<Path> entries = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
			return entries.filter((entry) -> !isJar(entry)).count();
		}
		catch (IOException ex) {
			// The process has ended
			return 0;
		}
	}

	private static boolean isJar(Path entry) {
		try {
			return Files.readSymbolicLink(entry).toString().endsWith(".jar");
		}
		catch (IOException ex) {
			// Closed meanwhile
			return false;
		}
	}

	private String jcmd(long pid, String commands) throws IOException {
		Path output = this.directory.resolve("jcmd");
		Process process = new ProcessBuilder(JAVA_HOME.resolve("bin").resolve("jcmd").toString(), "-J-Xmx64m",
				String.valueOf(pid), commands)
			.redirectErrorStream(true)
			.redirectOutput(output.toFile())
			.start();
		try {
			if (!process.waitFor(JCMD.toSeconds(), TimeUnit.SECONDS) || process.exitValue() != 0) {
				throw new IOException("jcmd failed: " + Files.readString(output));
			}
			return Files.readString(output);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
		finally {
			process.destroyForcibly();
		}
	}

	private static boolean awaitWithin(Duration patience, Condition condition) throws IOException {
		long deadline = System.nanoTime() + patience.toNanos();
		while (!condition.holds()) {
			if (System.nanoTime() - deadline > 0) {
				return false;
			}
			pause(POLL_INTERVAL);
		}
		return true;
	}

	private static void pause(Duration duration) {
		long until = System.nanoTime() + duration.toNanos();
		while (System.nanoTime() < until) {
			LockSupport.parkNanos(until - System.nanoTime());
		}
	}

	/**
	 * Copy the log of the daemon, which has those of its workers in it.
	 */
	synchronized void copyLog(Path target) throws IOException {
		if (Files.exists(this.log)) {
			Files.copy(this.log, target.resolve("daemon.log"), StandardCopyOption.REPLACE_EXISTING);
		}
	}

	@Override
	public synchronized void close() throws IOException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		if (this.daemon != null && this.daemon.isAlive()) {
			// So that it starts none while they are killed
			signal("STOP", this.daemon.pid());
			remember();
		}
		this.processes.forEach(ProcessHandle::destroyForcibly);
		this.processes.forEach((process) -> process.onExit().join());
		FileSystemUtils.deleteRecursively(this.directory);
	}

	private static void signal(String name, long pid) throws IOException {
		try {
			new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * What is waited for.
	 */
	@FunctionalInterface
	private interface Condition {

		boolean holds() throws IOException;

	}

}
