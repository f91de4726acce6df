package io.fdwork.sample.chaos;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.ForkedJvm;

/**
 * Kills processes of a fleet, and remembers when that was. For one thread.
 */
final class Kills {

	private final List<History.Kill> workers = new ArrayList<>();

	private final List<History.Kill> daemons = new ArrayList<>();

	/**
	 * Kill a worker.
	 * @param pid its pid
	 */
	void killWorker(long pid) {
		long sent = System.nanoTime();
		ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
		Await.until(() -> !Processes.isAlive(pid));
		this.workers.add(new History.Kill(pid, sent, System.nanoTime()));
	}

	/**
	 * Stop a worker until the fleet has killed it.
	 * @param pid its pid
	 */
	void hangWorker(long pid) throws IOException {
		long sent = System.nanoTime();
		Processes.signal("STOP", List.of(pid));
		Await.until(() -> !Processes.isAlive(pid));
		this.workers.add(new History.Kill(pid, sent, System.nanoTime()));
	}

	/**
	 * Kill a daemon.
	 * @param port the port that it listens on
	 * @return when that began
	 */
	long killDaemon(ForkedJvm daemon, int port) throws IOException {
		long from = System.nanoTime();
		// What it has accepted and not written down can
		// be known only from its descriptors
		Processes.signal("STOP", List.of(daemon.pid()));
		Await.until(() -> Processes.isStopped(daemon.pid()));
		Set<Integer> held = HeldConnections.clients(daemon.pid(), port);
		daemon.kill();
		this.daemons.add(new History.Kill(daemon.pid(), from, System.nanoTime(), held));
		return from;
	}

	/**
	 * Return the workers that were killed.
	 */
	List<History.Kill> workers() {
		return List.copyOf(this.workers);
	}

	/**
	 * Return the daemons that were killed.
	 */
	List<History.Kill> daemons() {
		return List.copyOf(this.daemons);
	}

}
