package io.fdwork.sample.bench;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * All workloads.
 */
final class Workloads {

	private static final int WORKERS = 2;

	private static final int CONNECTIONS = 64;

	private static final int LARGE_CONNECTIONS = 4;

	private static final int LARGE_BYTES = 10 * 1024 * 1024;

	private static final int[] WORKER_COUNTS = { 1, 2, 4, 8, 16 };

	private static final int UNLOADED = 200;

	private static final int LOADED = 2_000;

	private static final int IDLE_CONNECTIONS = 10_000;

	private static final int SKEWED_WORKERS = 4;

	private static final int SKEWED_CONCURRENCY = 2;

	private Workloads() {
	}

	/**
	 * Return all workloads, in the order in which they are run.
	 */
	static List<Workload> all() {
		return List.of(connections(), keepAlive(), new SkewedWorkload(SKEWED_WORKERS, SKEWED_CONCURRENCY),
				new HandlerStartWorkload("handler-start", UNLOADED),
				new HandlerStartWorkload("handler-start-loaded", LOADED), workers(), new QueuedWorkload(),
				new IdleWorkload(IDLE_CONNECTIONS), large());
	}

	private static Workload connections() {
		return new WrkWorkload("connections", "A connection for each request, %d at a time".formatted(CONNECTIONS),
				entries(EnumSet.complementOf(EnumSet.of(Peer.HAPROXY_QUEUE))),
				List.of(Figure.RATE, Figure.P50, Figure.P90, Figure.P99, Figure.P999, Figure.CPU),
				new Wrk(CONNECTIONS, "/", false));
	}

	private static Workload keepAlive() {
		return new WrkWorkload("keep-alive", "%d connections that are kept alive".formatted(CONNECTIONS),
				entries(served()), List.of(Figure.RATE, Figure.P50, Figure.P90, Figure.P99, Figure.P999, Figure.CPU),
				new Wrk(CONNECTIONS, "/", true));
	}

	private static Workload large() {
		// The blocking handler has short answers only
		Set<Peer> large = EnumSet.copyOf(served());
		large.removeAll(EnumSet.of(Peer.FDWORK_BLOCKING, Peer.FDWORK_VIRTUAL));
		return new WrkWorkload("large",
				"Answers of %d MiB on %d connections that are kept alive".formatted(LARGE_BYTES >> 20, LARGE_CONNECTIONS),
				entries(large), List.of(Figure.MEGABYTES, Figure.P50, Figure.P99, Figure.CPU),
				new Wrk(LARGE_CONNECTIONS, "/bytes/" + LARGE_BYTES, true));
	}

	private static Set<Peer> served() {
		return EnumSet.complementOf(EnumSet.of(Peer.HAPROXY_QUEUE, Peer.C_HANDOFF, Peer.FDWORK_ON_DATA));
	}

	private static List<Entry> entries(Set<Peer> peers) {
		return peers.stream().map((peer) -> Entry.of(peer, Setup.of(WORKERS))).toList();
	}

	private static Workload workers() {
		List<Entry> entries = new ArrayList<>();
		for (int count : WORKER_COUNTS) {
			entries.add(Entry.of(count + ((count == 1) ? " worker" : " workers"), Peer.FDWORK_NETTY, Setup.of(count)));
		}
		return new WrkWorkload("workers",
				"fdwork with Netty and so many workers, a connection for each request, %d at a time"
					.formatted(CONNECTIONS),
				entries, List.of(Figure.CPU, Figure.RATE, Figure.P50, Figure.P99), new Wrk(CONNECTIONS, "/", false));
	}

}
