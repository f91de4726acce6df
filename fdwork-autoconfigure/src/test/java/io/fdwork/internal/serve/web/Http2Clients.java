package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

import javax.net.ssl.SSLContext;

import io.fdwork.internal.serve.web.Http2Connection.Start;
import org.junit.jupiter.params.provider.Arguments;

import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * The clients of HTTP/2 of a test, and the workers that they come to.
 */
final class Http2Clients implements AutoCloseable {

	private final List<Http2Connection> connections = new ArrayList<>();

	private final ExecutorService threads = Executors.newCachedThreadPool();

	private final Served served;

	private final Start start;

	private final SSLContext ssl;

	Http2Clients(Served served, Start start, SSLContext ssl) {
		this.served = served;
		this.start = start;
		this.ssl = ssl;
	}

	/**
	 * Return each server with each way to begin.
	 */
	static Stream<Arguments> ways() {
		return Stream.of(WebServerType.values())
			.flatMap((server) -> Stream.of(Start.values()).map((start) -> arguments(server, start)));
	}

	/**
	 * Start a daemon and a worker.
	 * @param keys those of the worker; their directory is beside them
	 */
	static Served serve(WebServerType server, Start start, WebKeys keys) {
		List<String> arguments = new ArrayList<>(List.of("--server.http2.enabled=true"));
		if (start == Start.TLS) {
			arguments.addAll(List.of(KeyStores.arguments(keys.keyStore())));
		}
		return new Served(server, true, keys.directory().resolve("d-" + System.nanoTime()), List.of(),
				arguments.toArray(String[]::new));
	}

	ExecutorService threads() {
		return this.threads;
	}

	Http2Connection connect() throws IOException {
		Http2Connection connection = new Http2Connection(this.served.plainPort(), this.start);
		this.connections.add(connection);
		return connection;
	}

	Http2Connection connectSilently() throws IOException {
		Http2Connection connection = Http2Connection.silent(this.served.plainPort(), this.start);
		this.connections.add(connection);
		return connection;
	}

	Http2Connection open() throws IOException {
		return connect().start(this.ssl, "/text?size=1");
	}

	@Override
	public void close() throws IOException {
		this.threads.shutdownNow();
		for (Http2Connection connection : this.connections) {
			connection.close();
		}
	}

}
