package io.fdwork.sample.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.ArchivedSample;
import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A daemon and the workers that it has started, to which steps are done. Closing it kills
 * every process of it, also while a step is being taken.
 * <p>
 * Steps are taken by one thread; any thread may close.
 */
final class FleetUnderTest implements AutoCloseable {

	/**
	 * How many connections a worker may have in service.
	 */
	static final int CONCURRENCY = 4;

	private static final int WORKERS = 2;

	private static final Pattern START = Pattern.compile("(\"startTicks\":)([0-9]+)");

	private final ForkedFleet fleet = new ForkedFleet();

	private final Path journals = this.fleet.directory().resolve("journals");

	private final List<History.Event> events = new ArrayList<>();

	private final List<History.Kill> workerKills = new ArrayList<>();

	private final List<History.Kill> daemonKills = new ArrayList<>();

	private final List<History.Outage> outages = new ArrayList<>();

	private final Set<ProcessHandle> processes = new HashSet<>();

	private @Nullable ForkedJvm daemon;

	private boolean forgetful;

	private boolean closed;

	FleetUnderTest() throws IOException {
		if (!Files.isWritable(ArchivedSample.JAR.getParent())) {
			// Of a user who can only read the clone, and whose archive would go there
			this.fleet.withoutArchive();
		}
	}

	int port() {
		return this.fleet.port();
	}

	/**
	 * Start the daemon, and wait for its workers.
	 */
	void start() throws IOException {
		launch();
		awaitRecovery();
	}

	private synchronized ForkedJvm launch() throws IOException {
		if (this.closed) {
			throw new IllegalStateException("The fleet is closed");
		}
		// A short queue, so that there are connections in the queue and in the backlog
		this.daemon = this.fleet.launchDaemon("--fdwork.daemon.fleet.min=" + WORKERS,
				"--fdwork.daemon.fleet.max=" + WORKERS, "--fdwork.daemon.fleet.cds-archive=false",
				"--fdwork.daemon.keep-listeners-on-stop=true", "--fdwork.daemon.queues.default.capacity=16",
				"--fdwork.worker.concurrency=" + CONCURRENCY, "--sample.journal=" + this.journals);
		return this.daemon;
	}

	/**
	 * Take a step, and wait until the fleet is as many as before.
	 */
	void take(Step step) throws IOException {
		this.events.add(new History.Event(step.kind(), System.nanoTime()));
		remember();
		switch (step.kind()) {
			case KILL_WORKER -> kill(victim(step));
			case KILL_DAEMON -> killDaemon(step.hold(), null);
			case KILL_BOTH -> killDaemon(step.hold(), victim(step));
			case KILL_DAEMON_QUIESCED -> {
				operate("quiesce", null);
				pause(step.hold());
				killDaemon(Duration.ZERO, null);
			}
			case KILL_DAEMON_UNIDENTIFIED -> {
				this.forgetful = true;
				killDaemon(step.hold(), null);
			}
			case STOP_WORKER -> {
				long victim = victim(step);
				signal("STOP", victim);
				pause(step.hold());
				signal("CONT", victim);
			}
			case REFRESH -> operate("refresh", "{}");
			case QUIESCE -> {
				operate("quiesce", null);
				pause(step.hold());
				operate("resume", null);
			}
			case RETIRE_WORKER -> {
				long victim = victim(step);
				operate("retire", "{\"worker\":\"" + victim + "\"}");
				Await.until(() -> !isAlive(victim));
			}
			case RESTART -> restart(step.hold());
		}
		awaitRecovery();
		pause(step.rest());
	}

	private long victim(Step step) {
		List<Long> workers = this.fleet.workers("READY");
		return workers.get(step.victim() % workers.size());
	}

	private void kill(long worker) {
		long sent = System.nanoTime();
		ProcessHandle.of(worker).ifPresent(ProcessHandle::destroyForcibly);
		Await.until(() -> !isAlive(worker));
		this.workerKills.add(new History.Kill(worker, sent, System.nanoTime()));
	}

	private void killDaemon(Duration hold, @Nullable Long worker) throws IOException {
		long from = System.nanoTime();
		long pid = daemon().pid();
		// What it has accepted and not written down can
		// be known only from its descriptors
		signal("STOP", pid);
		Await.until(() -> isStopped(pid));
		Set<Integer> held = HeldConnections.clients(pid, port());
		ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
		if (worker != null) {
			kill(worker);
		}
		daemon().kill();
		this.daemonKills.add(new History.Kill(pid, from, System.nanoTime(), held));
		pause(hold);
		replace(from);
	}

	private void restart(Duration hold) throws IOException {
		long from = System.nanoTime();
		int code = daemon().terminate();
		if (code != 0) {
			throw new IllegalStateException("The daemon exited with " + code + " after SIGTERM");
		}
		pause(hold);
		replace(from);
	}

	/**
	 * Move the times at which the workers began, as if they were others with these pids.
	 */
	private void forgetWorkers() throws IOException {
		Path file = this.fleet.directory().resolve("run").resolve("fleet.json");
		Files.writeString(file,
				START.matcher(Files.readString(file)).replaceAll((start) -> start.group(1) + "9" + start.group(2)));
	}

	private void replace(long from) throws IOException {
		if (this.forgetful) {
			this.forgetful = false;
			forgetWorkers();
		}
		long launched = System.nanoTime();
		ForkedJvm next = launch();
		Await.until(() -> next.requireAlive() && this.fleet.state().path("pid").asLong() == next.pid());
		this.outages.add(new History.Outage(from, launched, System.nanoTime(), next.pid()));
	}

	private void operate(String operation, @Nullable String body) throws IOException {
		int status = this.fleet.operate(operation, body).statusCode();
		if (status != 200) {
			throw new IllegalStateException(operation + " was answered with " + status);
		}
	}

	private static void signal(String name, long pid) throws IOException {
		try {
			new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void awaitRecovery() {
		Await.until(() -> {
			JsonNode state = this.fleet.state();
			JsonNode own = state.path("fleet");
			List<Long> ready = ForkedFleet.workers(state, "READY");
			return daemon().requireAlive() && own.path("state").asString("").equals("RUNNING")
					&& own.path("draining").asInt() == 0 && ready.size() == WORKERS
					&& ready.stream().allMatch(FleetUnderTest::isAlive);
		});
	}

	private synchronized ForkedJvm daemon() {
		ForkedJvm daemon = this.daemon;
		if (daemon == null) {
			throw new IllegalStateException("There is no daemon yet");
		}
		return daemon;
	}

	// Workers of a daemon that is killed are nobody's children
	private synchronized void remember() {
		if (this.daemon != null) {
			ProcessHandle.of(this.daemon.pid())
				.ifPresent((daemon) -> daemon.descendants().forEach(this.processes::add));
		}
	}

	private static boolean isAlive(long pid) {
		return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
	}

	private static boolean isStopped(long pid) {
		try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
			return threads.allMatch(FleetUnderTest::isThreadStopped);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean isThreadStopped(Path thread) {
		try {
			return Files.readString(thread.resolve("status")).contains("State:\tT");
		}
		catch (IOException ex) {
			// It has ended
			return true;
		}
	}

	private static void pause(Duration duration) {
		long until = System.nanoTime() + duration.toNanos();
		while (System.nanoTime() < until) {
			LockSupport.parkNanos(until - System.nanoTime());
		}
	}

	/**
	 * Return what was done since a time.
	 */
	History history(long startNanos) {
		return new History(startNanos, System.nanoTime(), List.copyOf(this.events), List.copyOf(this.workerKills),
				List.copyOf(this.daemonKills), List.copyOf(this.outages), Set.copyOf(this.fleet.workers("READY")));
	}

	/**
	 * Read what the processes have written down.
	 */
	List<Trace> traces() throws IOException {
		List<String> lines = new ArrayList<>();
		try (Stream<Path> files = Files.list(this.journals)) {
			for (Path file : files.toList()) {
				lines.addAll(Files.readAllLines(file));
			}
		}
		return Trace.read(lines);
	}

	/**
	 * Copy the journals and the logs, as far as there are any.
	 * @param target the directory to copy them to
	 */
	synchronized void copyLogs(Path target) throws IOException {
		Files.createDirectories(target);
		for (Path directory : List.of(this.fleet.directory(), this.journals)) {
			if (Files.exists(directory)) {
				copyFiles(directory, target);
			}
		}
	}

	private static void copyFiles(Path directory, Path target) throws IOException {
		try (Stream<Path> files = Files.list(directory)) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				Files.copy(file, target.resolve(file.getFileName()));
			}
		}
	}

	@Override
	public synchronized void close() throws IOException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		if (this.daemon != null && isAlive(this.daemon.pid())) {
			// So that it starts none while they are killed
			signal("STOP", this.daemon.pid());
			remember();
		}
		this.processes.forEach(ProcessHandle::destroyForcibly);
		this.fleet.close();
	}

}
