package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Runs wrk: so many connections on which a request follows the answer to the one before.
 *
 * @param connections how many there are at a time
 * @param path what is asked for
 * @param keepAlive whether a connection has more than one request
 */
record Wrk(int connections, String path, boolean keepAlive) {

	private static final Path SCRIPT = Path.of("trials", "src", "bench", "wrk.lua");

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final double MICROS_PER_MILLI = 1e3;

	private static final double MICROS_PER_SECOND = 1e6;

	/**
	 * Load a port of the loopback address.
	 * @param port the port
	 * @param time for how long, in whole seconds
	 */
	Sample run(int port, Duration time) throws IOException {
		List<String> command = new ArrayList<>(List.of("wrk", "-t1", "-c" + this.connections,
				"-d" + time.toSeconds() + "s", "--timeout", PATIENCE.toSeconds() + "s", "-s", SCRIPT.toString()));
		if (!this.keepAlive) {
			command.addAll(List.of("-H", "Connection: close"));
		}
		command.add("http://127.0.0.1:" + port + this.path);
		String output = Command.run(command, time.plus(PATIENCE));
		return sample(JsonMapper.shared().readTree(output.substring(Math.max(0, output.indexOf('{')))));
	}

	private static Sample sample(JsonNode result) {
		double seconds = result.path("micros").asDouble() / MICROS_PER_SECOND;
		Map<Figure, Double> figures = new EnumMap<>(Figure.class);
		figures.put(Figure.RATE, result.path("requests").asDouble() / seconds);
		figures.put(Figure.MEGABYTES, result.path("bytes").asDouble() / seconds / 1e6);
		figures.put(Figure.P50, result.path("p50").asDouble() / MICROS_PER_MILLI);
		figures.put(Figure.P90, result.path("p90").asDouble() / MICROS_PER_MILLI);
		figures.put(Figure.P99, result.path("p99").asDouble() / MICROS_PER_MILLI);
		figures.put(Figure.P999, result.path("p999").asDouble() / MICROS_PER_MILLI);
		figures.put(Figure.FAILED, result.path("failed").asDouble());
		return new Sample(result.path("requests").asLong(), figures);
	}

}
