package io.fdwork.sample;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Ports;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Prometheus of the system, or of the package of Debian, on the loopback address.
 */
final class Prometheus implements AutoCloseable {

	private static final JsonMapper mapper = JsonMapper.builder().build();

	private final HttpClient http = HttpClient.newHttpClient();

	private final int port = Ports.free();

	private final Path log;

	private final Process process;

	/**
	 * Start it.
	 * @param programs where its programs are
	 * @param directory where its configuration, log and data go
	 * @param configuration its configuration
	 */
	Prometheus(Path programs, Path directory, String configuration) throws IOException {
		Files.createDirectories(directory);
		Path file = Files.writeString(directory.resolve("prometheus.yml"), configuration);
		this.log = directory.resolve("log");
		this.process = new ProcessBuilder(programs.resolve("prometheus").toString(), "--config.file=" + file,
				"--storage.tsdb.path=" + directory.resolve("data"), "--web.listen-address=127.0.0.1:" + this.port)
			.redirectErrorStream(true)
			.redirectOutput(this.log.toFile())
			.start();
	}

	/**
	 * Find the programs.
	 * @param cache where those of Debian are unpacked if the system has none
	 * @return where they are, {@code null} if they cannot be had
	 */
	static @Nullable Path programs(Path cache) throws Exception {
		String programs = Debian.find("find-prometheus", cache);
		return (programs != null) ? Path.of(programs) : null;
	}

	/**
	 * Run {@code promtool}.
	 * @return what it says, after a line with its exit code
	 */
	static String promtool(Path programs, Path directory, String... arguments) throws Exception {
		Path output = Files.createTempFile("fdwork-it", "output");
		try {
			List<String> command = new ArrayList<>(List.of(programs.resolve("promtool").toString()));
			command.addAll(List.of(arguments));
			Process process = new ProcessBuilder(command).directory(directory.toFile())
				.redirectErrorStream(true)
				.redirectOutput(output.toFile())
				.start();
			boolean ended = process.waitFor(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
			process.destroyForcibly();
			return ((ended) ? process.exitValue() : "not ended") + "\n" + Files.readString(output);
		}
		finally {
			Files.delete(output);
		}
	}

	/**
	 * Evaluate an expression at each step of a time, in seconds.
	 * @return the answer, with the series in {@code /data/result}
	 */
	JsonNode range(String expression, long from, long to, long step) throws IOException {
		return get("/api/v1/query_range?start=" + from + "&end=" + to + "&step=" + step + "&query="
				+ URLEncoder.encode(expression, StandardCharsets.UTF_8));
	}

	/**
	 * Return what it answers, or a missing node if it does not.
	 */
	JsonNode get(String path) throws IOException {
		if (!this.process.isAlive()) {
			throw new IOException("Prometheus has ended: " + Files.readString(this.log));
		}
		try {
			return mapper.readTree(
					this.http
						.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + path))
							.timeout(Duration.ofSeconds(30))
							.build(), HttpResponse.BodyHandlers.ofString())
						.body());
		}
		catch (ConnectException ex) {
			return mapper.missingNode();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public void close() throws Exception {
		this.process.destroyForcibly().waitFor();
	}

}
