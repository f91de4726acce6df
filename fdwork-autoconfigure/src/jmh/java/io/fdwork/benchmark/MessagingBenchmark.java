package io.fdwork.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.integration.FdworkHeaders;
import io.fdwork.integration.outbound.PutMessageHandler;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
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
import org.springframework.messaging.Message;

/**
 * What Spring Integration alone costs, on either side: a message, its channel and its
 * endpoint, of a request that reaches no kernel and of a work without a connection.
 * Without Spring Integration this is the making of the request or the work, and a call.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class MessagingBenchmark {

	private static final InetSocketAddress REMOTE = new InetSocketAddress("127.0.0.1", 40000);

	private static final InetSocketAddress LOCAL = new InetSocketAddress("127.0.0.1", 8080);

	@Param({ "false", "true" })
	private boolean integration;

	private Roles roles;

	private Descriptor.Pipe pipe;

	private Consumer<WorkRequest> putting;

	private Consumer<Work> serving;

	@Setup
	public void open() throws IOException {
		this.pipe = Descriptor.pipe();
		this.roles = Roles.start(DaemonConfiguration.class, WorkerConfiguration.class);
		this.putting = (this.integration) ? this.roles.putting(true) : MessagingBenchmark::put;
		this.serving = this.roles.serving(this.integration);
	}

	@TearDown
	public void close() throws IOException {
		this.roles.close();
		this.pipe.close();
	}

	@Benchmark
	public WorkRequest put() {
		WorkRequest request = QueueSides.connection(this.pipe.sink());
		this.putting.accept(request);
		return request;
	}

	@Benchmark
	public Work get() {
		WorkMetadata metadata = new WorkMetadata(new RequestId(1, 1), WorkRequest.DEFAULT_QUEUE, 1, 1, REMOTE, LOCAL,
				Map.of(), new byte[0]);
		GotWork work = new GotWork(metadata, List.of(), 1, (ended, outcome) -> {
		});
		this.serving.accept(work);
		work.release();
		return work;
	}

	private static void put(WorkRequest request) {
		try (WorkRequest.Put put = request.beginPut()) {
			put.send(() -> true);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * A put handler that looks at the message as its own does, and puts nothing.
	 */
	@Configuration(proxyBeanMethods = false)
	static class DaemonConfiguration {

		@Bean
		PutMessageHandler putMessageHandler() {
			return new PutMessageHandler() {

				@Override
				protected void handleMessageInternal(Message<?> message) {
					WorkRequest request = (WorkRequest) message.getPayload();
					String queue = message.getHeaders().get(FdworkHeaders.QUEUE, String.class);
					if (!request.queue().equals(queue)) {
						throw new IllegalStateException("Not the queue of the request");
					}
					MessagingBenchmark.put(request);
				}

			};
		}

	}

	/**
	 * A handler that does nothing.
	 */
	@Configuration(proxyBeanMethods = false)
	static class WorkerConfiguration {

		@Bean
		WorkHandler handler() {
			return (work) -> {
			};
		}

	}

}
