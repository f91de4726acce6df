package io.fdwork.sample.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.HdrHistogram.Histogram;

/**
 * From the put of a connection until its handler has started, which the handler of
 * {@link HandlerStartApplication} answers with.
 *
 * @param name what it is called
 * @param rate requests a second
 */
record HandlerStartWorkload(String name, int rate) implements Workload {

	private static final int WORKERS = 2;

	private static final int WARM_UP_RATE = 1_500;

	@Override
	public String title() {
		return "From put to the start of the handler, %,d connections a second".formatted(this.rate);
	}

	@Override
	public List<Entry> entries() {
		return List.of(Entry.of(Peer.C_HANDOFF, Setup.of(WORKERS)), entry("netty", "a Netty pipeline"),
				entry("blocking", "a blocking handler on platform threads"));
	}

	private static Entry entry(String handler, String description) {
		String name = "fdwork-" + handler;
		return new Entry(name, "fdwork, " + description, () -> null, () -> start(name, handler), List.of());
	}

	private static Contender start(String name, String handler) throws IOException {
		return Contender.start(name, (contender) -> JvmPeers.fdwork(contender, Setup.of(WORKERS),
				HandlerStartApplication.class, List.of("--bench.handler=" + handler)));
	}

	@Override
	public List<Figure> figures() {
		return List.of(Figure.WAIT_P50, Figure.WAIT_P90, Figure.WAIT_P99, Figure.WAIT_P999);
	}

	@Override
	public void warmUp(Contender contender, Duration time) throws IOException {
		// As few as are measured may never be enough for the compilers
		load(contender, WARM_UP_RATE, time, 0);
	}

	private static OpenLoopClient load(Contender contender, int rate, Duration time, long seed) throws IOException {
		OpenLoopClient client = new OpenLoopClient(contender.port(), Arrivals.poisson(seed, rate, 0, time),
				List.of("/wait"));
		client.run();
		return client;
	}

	@Override
	public Sample measure(Contender contender, Duration time, long seed, Meter meter) throws IOException {
		OpenLoopClient client = meter.during(() -> load(contender, this.rate, time, seed));
		Map<Figure, Double> figures = new EnumMap<>(Figure.class);
		figures.put(Figure.WAIT_P50, micros(client.values(), 50));
		figures.put(Figure.WAIT_P90, micros(client.values(), 90));
		figures.put(Figure.WAIT_P99, micros(client.values(), 99));
		figures.put(Figure.WAIT_P999, micros(client.values(), 99.9));
		figures.put(Figure.FAILED, (double) client.failed());
		return new Sample(client.answered(), figures);
	}

	private static double micros(Histogram nanos, double percentile) {
		return nanos.getValueAtPercentile(percentile) / (double) TimeUnit.MICROSECONDS.toNanos(1);
	}

}
