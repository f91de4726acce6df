package io.fdwork.sample.chaos;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the journals of all processes say of one request. Times are nanoseconds of
 * CLOCK_MONOTONIC, 0 for what has not happened.
 *
 * @param id the id of the request
 * @param port the port of its client
 * @param acceptedNanos when the daemon had accepted it, or a worker in its place
 * @param daemon the pid of that daemon, 0 if a worker had accepted it
 * @param putNanos when that daemon had put it
 * @param gotNanos when a worker had got it
 * @param workers the pids of the workers that have got it
 * @param answers how many answers were written
 * @param leftNanos when the worker had let go of its connection: it was closed there, or
 * went home
 */
record Trace(String id, int port, long acceptedNanos, long daemon, long putNanos, long gotNanos, Set<Long> workers,
		int answers, long leftNanos) {

	/**
	 * Create the trace of a request whose connection no worker has let go of.
	 */
	Trace(String id, int port, long acceptedNanos, long daemon, long putNanos, long gotNanos, Set<Long> workers,
			int answers) {
		this(id, port, acceptedNanos, daemon, putNanos, gotNanos, workers, answers, 0);
	}

	/**
	 * Return the process that made the id.
	 */
	String origin() {
		return this.id.substring(0, this.id.indexOf('-'));
	}

	/**
	 * Return the place of the request among those of its origin.
	 */
	long order() {
		return Long.parseLong(this.id.substring(this.id.indexOf('-') + 1));
	}

	/**
	 * Return whether a worker has accepted the connection.
	 */
	boolean isAcceptedByWorker() {
		return this.daemon == 0;
	}

	boolean isPut() {
		return this.putNanos != 0;
	}

	boolean isGot() {
		return this.gotNanos != 0;
	}

	boolean isLeft() {
		return this.leftNanos != 0;
	}

	/**
	 * Read traces.
	 * @param lines the lines of all journals, in any order
	 * @return the traces, one for each request
	 */
	static List<Trace> read(Iterable<String> lines) {
		Map<String, Builder> builders = new HashMap<>();
		for (String line : lines) {
			if (Execution.is(line)) {
				continue;
			}
			String[] words = line.split(" ");
			builders.computeIfAbsent(words[2], Builder::new)
				.add(words[1], Long.parseLong(words[0]), Integer.parseInt(words[3]), Long.parseLong(words[4]));
		}
		return builders.values().stream().map(Builder::build).toList();
	}

	private static final class Builder {

		private final String id;

		private final Set<Long> workers = new HashSet<>();

		private int port;

		private long acceptedNanos;

		private long daemon;

		private long putNanos;

		private long gotNanos;

		private int answers;

		private long answeredNanos;

		private long leftNanos;

		Builder(String id) {
			this.id = id;
		}

		void add(String step, long nanos, int port, long pid) {
			this.port = port;
			switch (step) {
				case "ACCEPTED" -> {
					this.acceptedNanos = nanos;
					this.daemon = pid;
				}
				case "PUT" -> this.putNanos = nanos;
				case "GOT" -> {
					this.gotNanos = nanos;
					this.workers.add(pid);
				}
				case "ANSWERED" -> {
					this.answers++;
					this.answeredNanos = Math.max(this.answeredNanos, nanos);
				}
				case "LEFT" -> this.leftNanos = Math.max(this.leftNanos, nanos);
				default -> throw new IllegalArgumentException("No step of a journal: " + step);
			}
		}

		Trace build() {
			// One that did not get home comes back to its
			// worker, and may be answered again
			long left = (this.leftNanos > this.answeredNanos) ? this.leftNanos : 0;
			long accepted = (this.daemon != 0) ? this.acceptedNanos : this.gotNanos;
			return new Trace(this.id, this.port, accepted, this.daemon, this.putNanos, this.gotNanos,
					Set.copyOf(this.workers), this.answers, left);
		}

	}

}
