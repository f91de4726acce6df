package io.fdwork.sample.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The endpoint of a daemon of fdwork.
 *
 * @param port its port, on the loopback address
 */
record Management(int port) {

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final HttpClient http = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.connectTimeout(PATIENCE)
		.build();

	/**
	 * Return the state of the daemon.
	 */
	JsonNode state() throws IOException {
		return send(request("").GET().build());
	}

	/**
	 * Let workers get nothing, or go on.
	 * @param operation {@code quiesce} or {@code resume}
	 */
	void operate(String operation) throws IOException {
		send(request("/" + operation).POST(HttpRequest.BodyPublishers.noBody()).build());
	}

	/**
	 * Return whether so many workers are in a state.
	 */
	boolean hasWorkers(int count, String state) {
		try {
			int found = 0;
			for (JsonNode worker : state().path("workers")) {
				found += (worker.path("state").asString("").equals(state)) ? 1 : 0;
			}
			return found >= count;
		}
		catch (IOException ex) {
			// Not yet
			return false;
		}
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + "/actuator/fdwork" + path))
			.timeout(PATIENCE);
	}

	private static JsonNode send(HttpRequest request) throws IOException {
		try {
			HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
			if (response.statusCode() != 200) {
				throw new IOException(request.uri() + " was answered with " + response.statusCode());
			}
			return JsonMapper.shared().readTree(response.body());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

}
