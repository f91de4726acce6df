package io.fdwork.sample;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.ForkedFleet;
import tools.jackson.databind.JsonNode;

/**
 * Connections that are idle between their requests, and what the daemon says of them.
 */
final class IdleConnections {

	private IdleConnections() {
	}

	/**
	 * Open connections, each of which has been answered once.
	 */
	static List<Connection> connect(ForkedFleet fleet, int count) throws IOException {
		List<Connection> connections = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			Connection connection = Client.connect(fleet.port());
			connections.add(connection);
			get(connection);
		}
		return connections;
	}

	/**
	 * Return the pid of the worker that answers the next request.
	 */
	static String get(Connection connection) throws IOException {
		connection.send("GET", "/pid", "", false);
		return connection.read().text().strip();
	}

	static void close(List<Connection> connections) throws IOException {
		for (Connection connection : connections) {
			connection.close();
		}
	}

	/**
	 * Return what the endpoint says of those at home.
	 */
	static JsonNode atHome(ForkedFleet fleet) {
		return fleet.state().at("/idle/0");
	}

}
