package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Starts the peers that are no JVMs: programs of the directory {@code trials/src/bench}.
 */
final class NativePeers {

	private static final Path SOURCES = Path.of("trials", "src", "bench");

	private static final int NODE_WORKERS = 4;

	private NativePeers() {
	}

	/**
	 * Four processes as Node would be run on a small machine, or as many as handle so
	 * many requests at a time.
	 */
	static void nodeCluster(Contender contender, Setup setup) throws IOException {
		int workers = (setup.concurrency() > 0) ? setup.workers() : NODE_WORKERS;
		contender.launch("primary", "worker", List.of("node", SOURCES.resolve("cluster.js").toString(),
				String.valueOf(contender.port()), String.valueOf(workers), String.valueOf(setup.concurrency())));
		contender.awaitWorkers(workers);
	}

	static void handoff(Contender contender, Setup setup) throws IOException {
		compiled(contender, "handoff", "daemon", setup);
		// The one that waits for connections last takes
		// them all while they come one by one
		contender.awaitWorkers(1);
	}

	static void prefork(Contender contender, Setup setup) throws IOException {
		compiled(contender, "prefork", "parent", setup);
		contender.awaitWorkers(setup.workers());
	}

	private static void compiled(Contender contender, String name, String part, Setup setup) throws IOException {
		Path program = contender.directory().resolve(name);
		String errors = Command
			.run(List.of("gcc", "-O2", "-o", program.toString(), SOURCES.resolve(name + ".c").toString()));
		if (!Files.exists(program)) {
			throw new IOException("gcc: " + errors);
		}
		contender.launch(part, "worker",
				List.of(program.toString(), String.valueOf(contender.port()), String.valueOf(setup.workers())));
	}

}
