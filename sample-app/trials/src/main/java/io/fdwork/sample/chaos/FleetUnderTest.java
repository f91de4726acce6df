package io.fdwork.sample.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

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

	/**
	 * No worker is so small.
	 */
	private static final String TOO_SMALL = "--fdwork.daemon.fleet.max-memory=16MB";

	private final ForkedFleet fleet = new ForkedFleet();

	private final Surroundings surroundings = new Surroundings(this.fleet.directory());

	private final Operations operations = new Operations(this.fleet);

	private final BadRefreshes refreshes = new BadRefreshes(this.fleet, this.operations, this.surroundings);

	private final DaemonOutput output;

	private final boolean archived;

	private final List<History.Event> events = new ArrayList<>();

	private final Kills kills = new Kills();

	private final List<History.Outage> outages = new ArrayList<>();

	private final Set<ProcessHandle> processes = new HashSet<>();

	private @Nullable ForkedJvm daemon;

	private final boolean replaying;

	private boolean recycling;

	private boolean closed;

	/**
	 * Create a fleet without processes.
	 * @param archived whether its workers start from an archive that it builds itself
	 * @param replaying whether requests with GET are replayed
	 */
	FleetUnderTest(boolean archived, boolean replaying) throws IOException {
		this.archived = archived;
		this.replaying = replaying;
		this.output = new DaemonOutput(this.fleet.directory().resolve("output"),
				this.fleet.directory().resolve("output.log"));
		this.fleet.prefix(this.output.command().toArray(String[]::new));
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
		List<String> arguments = new ArrayList<>(List.of("--fdwork.daemon.fleet.min=" + WORKERS,
				"--fdwork.daemon.fleet.max=" + WORKERS, "--fdwork.daemon.fleet.cds-archive=" + this.archived,
				"--fdwork.daemon.keep-listeners-on-stop=true",
				// The journal is an interceptor, which needs to see nothing of what
				// workers accept
				"--fdwork.daemon.listeners[0].stand-in=true",
				// Short, so that there are connections in the queue and in the backlog
				"--fdwork.daemon.queues.default.capacity=16", "--fdwork.worker.concurrency=" + CONCURRENCY,
				// Longer than a worker is stopped by other steps
				"--fdwork.daemon.fleet.hang-timeout=5s",
				"--fdwork.daemon.replay.methods=" + ((this.replaying) ? "GET" : ""),
				"--spring.config.import=optional:file:" + this.surroundings.release(),
				"--sample.journal=" + this.surroundings.journals()));
		if (this.recycling) {
			arguments.add(TOO_SMALL);
		}
		if (this.archived) {
			// Else they would inherit the archive of the daemon
			arguments.add("--fdwork.daemon.fleet.jar=" + ArchivedSample.JAR);
			arguments.add("--fdwork.daemon.fleet.jvm-arguments=" + String.join(",", ArchivedSample.JVM_ARGUMENTS));
		}
		this.daemon = this.fleet.launchDaemon(arguments.toArray(String[]::new));
		return this.daemon;
	}

	/**
	 * Take a step, and wait until the fleet is as many as before.
	 */
	void take(Step step) throws IOException {
		this.events.add(new History.Event(step.kind(), System.nanoTime()));
		List<Long> before = this.fleet.workers("READY");
		remember();
		switch (step.kind()) {
			case KILL_WORKER -> this.kills.killWorker(victim(step));
			case KILL_DAEMON -> {
				long from = killDaemon();
				pause(step.hold());
				replace(from, false);
			}
			case KILL_BOTH -> {
				long victim = victim(step);
				long from = killDaemon();
				pause(step.hold().dividedBy(2));
				this.kills.killWorker(victim);
				pause(step.hold().dividedBy(2));
				replace(from, false);
			}
			case KILL_DAEMON_QUIESCED -> {
				this.operations.perform("quiesce", null);
				pause(step.hold());
				replace(killDaemon(), false);
			}
			case KILL_DAEMON_UNIDENTIFIED -> {
				long from = killDaemon();
				this.surroundings.moveStarts();
				pause(step.hold());
				replace(from, false);
			}
			case STOP_WORKER -> {
				List<Long> victim = List.of(victim(step));
				Processes.signal("STOP", victim);
				pause(step.hold());
				Processes.signal("CONT", victim);
			}
			case REFRESH -> this.operations.perform("refresh", "{}");
			case QUIESCE -> {
				this.operations.perform("quiesce", null);
				pause(step.hold());
				this.operations.perform("resume", null);
			}
			case RETIRE_WORKER -> {
				long victim = victim(step);
				this.operations.perform("retire", "{\"worker\":\"" + victim + "\"}");
				Await.until(() -> !Processes.isAlive(victim));
			}
			case RESTART -> {
				long from = terminate(List.of(daemon().pid()));
				pause(step.hold());
				replace(from, false);
			}
			case FAIL_STARTS -> failStarts(before);
			case FAIL_REFRESH -> this.refreshes.failStarts();
			case BLOCK_OUTPUT -> blockOutput(step);
			case DAMAGE_ARCHIVE -> damageArchive(victim(step));
			case HANG_WORKER -> this.kills.hangWorker(victim(step));
			case RECYCLE_WORKER -> recycle(step.hold());
			case BAD_RELEASE -> this.refreshes.slowDown();
			case FAILING_RELEASE -> this.refreshes.failRequests();
			case TERMINATE_GROUP -> {
				long from = terminateGroup();
				pause(step.hold());
				replace(from, true);
			}
		}
		awaitRecovery();
		if (step.kind().keepsWorkers() && !this.fleet.workers("READY").equals(before)) {
			throw new IllegalStateException("The workers are " + this.fleet.workers("READY") + " instead of " + before);
		}
		pause(step.rest());
	}

	private long victim(Step step) {
		List<Long> workers = this.fleet.workers("READY");
		return workers.get(step.victim() % workers.size());
	}

	private long killDaemon() throws IOException {
		return this.kills.killDaemon(daemon(), port());
	}

	private long terminate(Collection<Long> targets) throws IOException {
		long from = System.nanoTime();
		Processes.signal("TERM", targets);
		int code = daemon().awaitExit();
		if (code != 0) {
			throw new IllegalStateException("The daemon exited with " + code + " after SIGTERM");
		}
		return from;
	}

	/**
	 * End all processes at once, and wait until none is left. An adopted worker is in the
	 * group of the daemon that has started it.
	 */
	private long terminateGroup() throws IOException {
		long from = terminate(Processes.groups(processes()));
		Await.until(() -> processes().isEmpty());
		return from;
	}

	/**
	 * End the fleet, as it is, and wait until no process is left.
	 */
	void end() throws IOException {
		remember();
		terminateGroup();
	}

	private void replace(long from, boolean refusing) throws IOException {
		long launched = System.nanoTime();
		ForkedJvm next = launch();
		Await.until(() -> next.requireAlive() && this.fleet.state().path("pid").asLong() == next.pid());
		this.outages.add(new History.Outage(from, launched, System.nanoTime(), next.pid(), refusing));
	}

	private void failStarts(List<Long> workers) throws IOException {
		this.surroundings.failStarts();
		try {
			workers.forEach(this.kills::killWorker);
			Await.until(() -> this.fleet.state().at("/fleet/reason").asString("").contains("attempts in a row"));
		}
		finally {
			this.surroundings.letStart();
		}
	}

	private void recycle(Duration hold) throws IOException {
		this.recycling = true;
		long from = terminate(List.of(daemon().pid()));
		pause(hold);
		replace(from, false);
		this.recycling = false;
		Await.until(() -> this.fleet.state().at("/fleet/exitCounts/RECYCLED").asInt(0) > 0);
		replace(terminate(List.of(daemon().pid())), false);
	}

	private void blockOutput(Step step) throws IOException {
		this.output.block();
		try {
			this.kills.killWorker(victim(step));
			awaitRecovery();
			if (!step.hold().isZero()) {
				replace(terminate(List.of(daemon().pid())), false);
			}
		}
		finally {
			this.output.unblock();
		}
	}

	private void damageArchive(long victim) throws IOException {
		Await.until(() -> daemon().requireAlive() && this.surroundings.archivedLibrary().isPresent());
		Path library = this.surroundings.archivedLibrary().orElseThrow();
		Files.delete(library);
		this.kills.killWorker(victim);
		awaitRecovery();
		Await.until(() -> daemon().requireAlive() && this.surroundings.archivedLibrary().isPresent());
	}

	private Set<Long> processes() throws IOException {
		return Processes.withArgument("--fdwork.directory=" + this.surroundings.daemon());
	}

	/**
	 * Wait until as many workers are ready as there should be, and no process is left
	 * besides.
	 */
	private void awaitRecovery() {
		Await.until(() -> {
			JsonNode state = this.fleet.state();
			JsonNode own = state.path("fleet");
			List<Long> ready = ForkedFleet.workers(state, "READY");
			return daemon().requireAlive() && own.path("state").asString("").equals("RUNNING")
					&& own.path("draining").asInt() == 0 && ready.size() == WORKERS
					&& processes().equals(and(ready, daemon().pid()));
		});
	}

	private static Set<Long> and(List<Long> pids, long pid) {
		Set<Long> all = new HashSet<>(pids);
		all.add(pid);
		return all;
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
		return new History(startNanos, System.nanoTime(), List.copyOf(this.events), this.kills.workers(),
				this.kills.daemons(), List.copyOf(this.outages), Set.copyOf(this.fleet.workers("READY")),
				this.refreshes.failing());
	}

	/**
	 * Read what the processes have written down.
	 * @return lines, in any order
	 */
	List<String> journals() throws IOException {
		return this.surroundings.readJournals();
	}

	/**
	 * Copy the journals and the logs, as far as there are any.
	 * @param target the directory to copy them to
	 */
	synchronized void copyLogs(Path target) throws IOException {
		this.surroundings.copyLogs(target);
	}

	@Override
	public synchronized void close() throws IOException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		if (this.daemon != null && Processes.isAlive(this.daemon.pid())) {
			// So that it starts none while they are killed
			Processes.signal("STOP", List.of(this.daemon.pid()));
			remember();
		}
		this.processes.forEach(ProcessHandle::destroyForcibly);
		this.output.close();
		this.fleet.close();
	}

}
