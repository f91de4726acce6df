package io.fdwork.sample.bench;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What takes part in a workload: a peer in one setup, by the name that it has in results.
 *
 * @param name the name
 * @param description what it is
 * @param missing says what it needs and is not there, {@code null} if nothing is missing
 * @param starter starts it
 * @param pairs the names of what it is compared to besides the baseline
 */
record Entry(String name, String description, Supplier<@Nullable String> missing, Starter starter, List<String> pairs) {

	/**
	 * Let a peer take part under its own name.
	 */
	static Entry of(Peer peer, Setup setup) {
		return of(peer.label(), peer, setup);
	}

	/**
	 * Let a peer take part under another name.
	 */
	static Entry of(String name, Peer peer, Setup setup) {
		return new Entry(name, peer.description(), peer::missing, () -> peer.start(name, setup), List.of());
	}

	/**
	 * Compare it to others besides the baseline.
	 */
	Entry to(List<String> others) {
		return new Entry(this.name, this.description, this.missing, this.starter, others);
	}

	/**
	 * Start its processes, and wait until they serve.
	 */
	Contender start() throws IOException {
		return this.starter.start();
	}

	/**
	 * Starts the processes.
	 */
	@FunctionalInterface
	interface Starter {

		Contender start() throws IOException;

	}

}
