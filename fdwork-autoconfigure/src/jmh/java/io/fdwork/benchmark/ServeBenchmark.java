package io.fdwork.benchmark;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.fdwork.Connections;
import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.WorkRequest;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.QueueReader;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What a daemon and a worker do for a connection, with Spring Integration in the path and
 * without, on one thread: put, get, read the request, write the response, close. The
 * connection itself is the same each time, so nothing is accepted, looked up or shut
 * down; a whole connection costs more, of which Spring Integration is a smaller part.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ServeBenchmark {

	private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
		.getBytes(StandardCharsets.US_ASCII);

	private static final byte[] RESPONSE = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK"
		.getBytes(StandardCharsets.US_ASCII);

	@Param({ "false", "true" })
	private boolean integration;

	private Roles roles;

	private Connections server;

	private Connections.Connection connection;

	private OutputStream requests;

	private InputStream responses;

	private QueueReader reader;

	private Getter getter;

	private Consumer<WorkRequest> putting;

	private Consumer<Work> serving;

	@Setup
	public void open() throws IOException {
		this.roles = Roles.start(NoConfiguration.class, HandlerConfiguration.class);
		this.putting = this.roles.putting(this.integration);
		this.serving = this.roles.serving(this.integration);
		this.reader = this.roles.openReader();
		this.getter = this.reader.newGetter();
		this.server = new Connections();
		this.connection = this.server.connect();
		this.requests = this.connection.client().getOutputStream();
		this.responses = this.connection.client().getInputStream();
	}

	@TearDown
	public void close() throws IOException {
		this.connection.close();
		this.server.close();
		this.getter.close();
		this.reader.close();
		this.roles.close();
	}

	@Benchmark
	public byte[] serve() throws Exception {
		this.requests.write(REQUEST);
		this.putting.accept(this.connection.request().keepDescriptors().build());
		GotWork work = this.getter.get((ended, outcome) -> {
		});
		if (work == null) {
			throw new IllegalStateException("What was put did not come out");
		}
		// As a get loop does
		this.serving.accept(work);
		work.release();
		return this.responses.readNBytes(RESPONSE.length);
	}

	/**
	 * Nothing besides what is auto-configured.
	 */
	@Configuration(proxyBeanMethods = false)
	static class NoConfiguration {

	}

	/**
	 * A handler that answers, and leaves the connection open for whoever else has it.
	 */
	@Configuration(proxyBeanMethods = false)
	static class HandlerConfiguration {

		@Bean
		WorkHandler handler() {
			ByteBuffer buffer = ByteBuffer.allocateDirect(1024);
			return (work) -> {
				try (SocketChannel channel = work.descriptors().get(0).toSocketChannel(work.remoteAddress())) {
					channel.read(buffer.clear());
					channel.write(buffer.clear().put(RESPONSE).flip());
				}
			};
		}

	}

}
