package io.fdwork.sample.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * All workloads.
 */
final class Workloads {

	private static final int WORKERS = 2;

	/**
	 * One worker of fdwork and the same web server alone: as many JVMs serve in both.
	 */
	private static final Map<Peer, Peer> ALONE = Map.of(Peer.WEBFLUX_WORKER, Peer.WEBFLUX_DIRECT, Peer.TOMCAT_WORKER,
			Peer.TOMCAT_DIRECT, Peer.JETTY_WORKER, Peer.JETTY_DIRECT);

	/**
	 * What workers that accept by themselves are compared to: JVMs that do so without a
	 * daemon.
	 */
	private static final List<Peer> ACCEPTING = List.of(Peer.DIRECT, Peer.REUSE_PORT);

	private static final Set<Peer> FDWORK = EnumSet.of(Peer.WEBFLUX_WORKER, Peer.TOMCAT_WORKER, Peer.JETTY_WORKER,
			Peer.FDWORK_NETTY, Peer.FDWORK_ON_DATA, Peer.FDWORK_BLOCKING, Peer.FDWORK_VIRTUAL, Peer.FDWORK_WEBFLUX);

	private static final String BEFORE = "-before";

	private static final String BEFORE_AGAIN = "-before-again";

	private static final String AGAIN = "-again";

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
	 * @param before another build, with which contenders of fdwork take part twice more
	 * in those that wrk loads: what is between these two is chance. {@code null} for none
	 */
	static List<Workload> all(@Nullable Path before) {
		return List.of(connections(before), keepAlive(before), new SkewedWorkload(SKEWED_WORKERS, SKEWED_CONCURRENCY),
				new HandlerStartWorkload("handler-start", UNLOADED),
				new HandlerStartWorkload("handler-start-loaded", LOADED), workers(), new QueuedWorkload(),
				new IdleWorkload(IDLE_CONNECTIONS), large(before));
	}

	private static Workload connections(@Nullable Path before) {
		return new WrkWorkload("connections", "A connection for each request, %d at a time".formatted(CONNECTIONS),
				entries(EnumSet.complementOf(EnumSet.of(Peer.HAPROXY_QUEUE)), before),
				List.of(Figure.RATE, Figure.P50, Figure.P90, Figure.P99, Figure.P999, Figure.CPU),
				new Wrk(CONNECTIONS, "/", false));
	}

	private static Workload keepAlive(@Nullable Path before) {
		return new WrkWorkload("keep-alive", "%d connections that are kept alive".formatted(CONNECTIONS),
				entries(served(), before),
				List.of(Figure.RATE, Figure.P50, Figure.P90, Figure.P99, Figure.P999, Figure.CPU),
				new Wrk(CONNECTIONS, "/", true));
	}

	private static Workload large(@Nullable Path before) {
		// The blocking handler has short answers only
		Set<Peer> large = EnumSet.copyOf(served());
		large.removeAll(EnumSet.of(Peer.FDWORK_BLOCKING, Peer.FDWORK_VIRTUAL));
		// What they cost is for each connection
		large.removeAll(EnumSet.of(Peer.WEBFLUX_WORKER, Peer.TOMCAT_DIRECT, Peer.TOMCAT_WORKER, Peer.JETTY_DIRECT,
				Peer.JETTY_WORKER));
		return new WrkWorkload("large",
				"Answers of %d MiB on %d connections that are kept alive".formatted(LARGE_BYTES >> 20,
						LARGE_CONNECTIONS),
				entries(large, before), List.of(Figure.MEGABYTES, Figure.P50, Figure.P99, Figure.CPU),
				new Wrk(LARGE_CONNECTIONS, "/bytes/" + LARGE_BYTES, true));
	}

	private static Set<Peer> served() {
		return EnumSet
			.complementOf(EnumSet.of(Peer.HAPROXY_QUEUE, Peer.C_HANDOFF, Peer.FDWORK_ON_DATA, Peer.FDWORK_SHARED));
	}

	private static List<Entry> entries(Set<Peer> peers, @Nullable Path before) {
		return peers.stream().flatMap((peer) -> entries(peer, before)).toList();
	}

	private static Stream<Entry> entries(Peer peer, @Nullable Path before) {
		Peer alone = ALONE.get(peer);
		Setup setup = Setup.of((alone != null) ? 1 : WORKERS);
		List<String> pairs = new ArrayList<>();
		if (alone != null) {
			pairs.add(alone.label());
		}
		if (ALONE.containsValue(peer)) {
			Setup one = Setup.of(1);
			return Stream.of(Entry.of(peer, one), Entry.of(peer.label() + AGAIN, peer, one).to(List.of(peer.label())));
		}
		if (peer == Peer.FDWORK_SHARED) {
			return Stream.of(Entry.of(peer, setup).to(ACCEPTING.stream().map(Peer::label).toList()),
					Entry.of(peer.label() + AGAIN, peer, setup).to(List.of(peer.label())));
		}
		if (before == null || !FDWORK.contains(peer)) {
			return Stream.of(Entry.of(peer, setup).to(pairs));
		}
		String older = peer.label() + BEFORE;
		pairs.add(older);
		Setup olderSetup = setup.withBuild(before);
		return Stream.of(Entry.of(peer, setup).to(pairs), Entry.of(older, peer, olderSetup),
				Entry.of(peer.label() + BEFORE_AGAIN, peer, olderSetup).to(List.of(older)));
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
