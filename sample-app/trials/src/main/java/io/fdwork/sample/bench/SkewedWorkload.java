package io.fdwork.sample.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.HdrHistogram.Histogram;

/**
 * Many short and few long requests at a part of what can be served, so that it matters
 * whether a short one waits behind a long one while a worker elsewhere is idle. Each
 * worker serves so many at a time, in every contender.
 *
 * @param workers how many workers a contender has
 * @param concurrency how many requests each of them serves at a time
 */
record SkewedWorkload(int workers, int concurrency) implements Workload {

	private static final int SHORT_MILLIS = 1;

	private static final int LONG_MILLIS = 100;

	private static final double LONG_PART = 0.1;

	private static final double LOAD = 0.7;

	private static final List<Peer> PEERS = List.of(Peer.REUSE_PORT, Peer.HAPROXY_TCP, Peer.NODE_CLUSTER,
			Peer.HAPROXY_QUEUE, Peer.DIRECT, Peer.FDWORK_NETTY, Peer.FDWORK_SHARED, Peer.FDWORK_BLOCKING);

	@Override
	public String name() {
		return "skewed";
	}

	@Override
	public String title() {
		return "%.0f%% of the requests take %d ms, the others %d ms, at %.0f%% load: %.0f a second, %d workers, %d at a time in each"
			.formatted(100 * LONG_PART, LONG_MILLIS, SHORT_MILLIS, 100 * LOAD, rate(), this.workers, this.concurrency);
	}

	private double rate() {
		double millis = LONG_PART * LONG_MILLIS + (1 - LONG_PART) * SHORT_MILLIS;
		return LOAD * this.workers * this.concurrency * TimeUnit.SECONDS.toMillis(1) / millis;
	}

	@Override
	public List<Entry> entries() {
		Setup setup = Setup.of(this.workers).withConcurrency(this.concurrency);
		return PEERS.stream().map((peer) -> Entry.of(peer, setup)).toList();
	}

	@Override
	public List<Figure> figures() {
		return List.of(Figure.SHORT_P99, Figure.SHORT_P50, Figure.SHORT_P999, Figure.LONG_P99, Figure.P99);
	}

	@Override
	public Sample measure(Contender contender, Duration time, long seed, Meter meter) throws IOException {
		OpenLoopClient client = new OpenLoopClient(contender.port(), Arrivals.poisson(seed, rate(), LONG_PART, time),
				List.of("/work?millis=" + SHORT_MILLIS, "/work?millis=" + LONG_MILLIS));
		meter.during(() -> {
			client.run();
			return client;
		});
		Histogram all = new Histogram(client.times(0));
		all.add(client.times(1));
		Map<Figure, Double> figures = new EnumMap<>(Figure.class);
		figures.put(Figure.SHORT_P50, millis(client.times(0), 50));
		figures.put(Figure.SHORT_P99, millis(client.times(0), 99));
		figures.put(Figure.SHORT_P999, millis(client.times(0), 99.9));
		figures.put(Figure.LONG_P99, millis(client.times(1), 99));
		figures.put(Figure.P50, millis(all, 50));
		figures.put(Figure.P99, millis(all, 99));
		figures.put(Figure.P999, millis(all, 99.9));
		figures.put(Figure.FAILED, (double) client.failed());
		return new Sample(client.answered(), figures);
	}

	private static double millis(Histogram nanos, double percentile) {
		return nanos.getValueAtPercentile(percentile) / 1e6;
	}

}
