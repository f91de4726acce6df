package io.fdwork.sample.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import io.fdwork.sample.fixture.Await;
import tools.jackson.databind.JsonNode;

/**
 * Connections that are put on a queue with none, many or very many before them: workers
 * are quiesced until so many are queued, then they get them all.
 */
final class QueuedWorkload implements Workload {

	private static final int WORKERS = 2;

	private static final int CONNECTIONS = 10_000;

	private static final int BATCH = 1_000;

	private static final int DEPTH = 10_500;

	// What a daemon puts without a backlog that overflows
	private static final double PER_SECOND = 4_000;

	private static final Duration PATIENCE = Duration.ofMinutes(1);

	private final Map<String, Integer> queued = new LinkedHashMap<>();

	QueuedWorkload() {
		for (int count : new int[] { 0, BATCH, CONNECTIONS }) {
			this.queued.put(count + " queued", count);
		}
	}

	@Override
	public String name() {
		return "queued";
	}

	@Override
	public String title() {
		return "%,d connections, of which so many are queued before workers get any".formatted(CONNECTIONS);
	}

	@Override
	public List<Entry> entries() {
		Setup setup = Setup.of(WORKERS).withDepth(DEPTH);
		return this.queued.keySet().stream().map((name) -> Entry.of(name, Peer.FDWORK_NETTY, setup)).toList();
	}

	@Override
	public List<Figure> figures() {
		return List.of(Figure.CPU);
	}

	@Override
	public boolean isTimed() {
		return false;
	}

	@Override
	public Sample measure(Contender contender, Duration time, long seed, Meter meter) throws IOException {
		int depth = this.queued.getOrDefault(contender.name(), 0);
		requireRoom(contender, depth);
		int batch = (depth > 0) ? depth : BATCH;
		long answered = 0;
		long failed = 0;
		for (int sent = 0; sent < CONNECTIONS; sent += batch) {
			OpenLoopClient client = new OpenLoopClient(contender.port(), Arrivals.even(batch, PER_SECOND),
					List.of("/"));
			if (depth > 0) {
				contender.management().operate("quiesce");
				Await.until(() -> contender.management().hasWorkers(WORKERS, "QUIESCED"));
			}
			send(client, contender, depth, meter);
			answered += client.answered();
			failed += client.failed();
		}
		Map<Figure, Double> figures = new EnumMap<>(Figure.class);
		figures.put(Figure.FAILED, (double) failed);
		return new Sample(answered, figures);
	}

	private static void requireRoom(Contender contender, int depth) throws IOException {
		int capacity = contender.management().state().at("/queues/0/capacity").asInt();
		if (capacity < depth) {
			throw new IOException("The queue takes " + capacity + ": set the sysctl net.core.wmem_max to 4194304");
		}
	}

	private static void send(OpenLoopClient client, Contender contender, int depth, Meter meter) throws IOException {
		ExecutorService thread = Executors.newSingleThreadExecutor();
		try {
			Future<?> run = meter.during(() -> fill(client, contender, thread));
			// Not while it is measured: the endpoint takes as long as many connections
			Await.until(() -> isFull(contender.management().state(), depth));
			meter.during(() -> {
				contender.management().operate("resume");
				return await(run);
			});
		}
		finally {
			thread.shutdown();
		}
	}

	private static Future<?> fill(OpenLoopClient client, Contender contender, ExecutorService thread)
			throws IOException {
		Future<?> run = thread.submit(() -> {
			client.run();
			return null;
		});
		try {
			client.awaitSent(PATIENCE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
		// What was sent is put when the daemon has nothing to do
		List<Long> daemon = Objects.requireNonNull(contender.pids().get("daemon"), "no daemon");
		double[] before = { -1 };
		Await.until(() -> {
			double now = Usage.of(daemon).cpuSeconds();
			boolean quiet = now == before[0];
			before[0] = now;
			return quiet;
		});
		return run;
	}

	private static Object await(Future<?> run) throws IOException {
		try {
			run.get();
			return run;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
		catch (ExecutionException ex) {
			throw new IOException(ex.getCause());
		}
	}

	private static boolean isFull(JsonNode state, int depth) {
		return state.at("/queues/0/depth").asInt() >= depth;
	}

}
