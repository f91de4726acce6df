package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Pattern;

import io.fdwork.Work;
import io.fdwork.worker.WorkerOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Sends a worker requests of its own before it is ready, so that no client waits while
 * its code is loaded and compiled. It has no port on which anybody else could do so.
 *
 * @param name what is warmed up, for people
 * @param queue the queue that its works are said to come from
 * @param requests what is sent, in turn; if there is nothing, there is no warm-up
 * @param count how many requests are sent
 * @param timeout how long it may take; what is missing after that is left out
 * @param level how what came of it is logged
 * @param failureLevel how it is logged that a request is not answered well
 */
record WarmUp(String name, String queue, List<String> requests, int count, Duration timeout, Level level,
		Level failureLevel) {

	private static final Logger logger = LoggerFactory.getLogger(WarmUp.class);

	/**
	 * Not one that the server has failed with.
	 */
	private static final Pattern ANSWERED = Pattern.compile("HTTP/1\\.[01] [1-4][0-9]{2}");

	private static final String NOTE = "{\"text\":\"warm\",\"number\":1,\"notes\":[{\"text\":\"warmer\",\"number\":2}]}";

	/**
	 * Of the application: it sees them as any other.
	 */
	static WarmUp ofPaths(WorkerOptions options) {
		return new WarmUp("The application", options.getQueues().get(0),
				options.getWarmUpPaths().stream().map((path) -> request("GET", path, "", "")).toList(),
				options.getWarmUpRequests(), options.getWarmUpTimeout(), Level.INFO, Level.WARN);
	}

	/**
	 * Of its web server, which answers them itself. One that does not, as it wants TLS
	 * for instance, is as cold as without.
	 * @param key what the requests carry, until it is ended
	 */
	static WarmUp ofServer(WorkerOptions options, WarmUpKey key) {
		String header = WarmUpKey.HEADER + ": " + key.begin() + "\r\n";
		int count = options.getWarmUpServerRequests();
		return new WarmUp("The web server", options.getQueues().get(0),
				(count == 0) ? List.of()
						: List.of(request("GET", key.path(), header, ""), request("POST", key.path(),
								header + "Content-Type: application/json\r\nAccept: application/json\r\n", NOTE)),
				count, options.getWarmUpTimeout(), Level.DEBUG, Level.DEBUG);
	}

	private static String request(String method, String path, String headers, String body) {
		String length = (body.isEmpty()) ? ""
				: "Content-Length: " + body.getBytes(StandardCharsets.US_ASCII).length + "\r\n";
		return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: fdwork-warm-up\r\n" + headers + length
				+ "Connection: close\r\n\r\n" + body;
	}

	/**
	 * Send the requests, one after the other, each on a connection of its own. Ends early
	 * with the first that is not answered well, which is logged: a worker that cannot
	 * warm up may still be able to serve.
	 * @param sink serves a work, as it does those of a daemon
	 * @param goOn asked now and then
	 */
	void run(Consumer<Work> sink, BooleanSupplier goOn) {
		if (this.requests.isEmpty()) {
			return;
		}
		long start = System.nanoTime();
		BooleanSupplier inTime = () -> goOn.getAsBoolean() && System.nanoTime() - start < this.timeout.toNanos();
		int answered = 0;
		try (OwnConnections connections = new OwnConnections(this.queue, sink, inTime)) {
			while (answered < this.count && inTime.getAsBoolean()) {
				ask(connections, this.requests.get(answered % this.requests.size()));
				answered++;
			}
			logger.atLevel(this.level)
				.log("{} has warmed up with {} requests in {} ms", this.name, answered,
						TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
		}
		catch (IOException ex) {
			if (answered > 0 && !inTime.getAsBoolean()) {
				logger.atLevel(this.level)
					.log("{} has warmed up with {} requests, as many as there was time for", this.name, answered);
				return;
			}
			logger.atLevel(this.failureLevel)
				.log("The warm-up has ended after {} requests: {}. The worker goes on without the others", answered,
						ex.getMessage());
		}
	}

	private static void ask(OwnConnections connections, String request) throws IOException {
		String status = connections.ask(request);
		if (!ANSWERED.matcher(status).matches()) {
			String asked = request.substring(0, request.indexOf(" HTTP/1.1"));
			throw new IOException(asked + " was answered with '" + status + "'");
		}
	}

}
