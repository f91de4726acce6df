package io.fdwork.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.fdwork.Connections;
import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.descriptor.Descriptor;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A connection that is served by an event loop and detached from it when it is idle, as
 * on its way home: opening the channel, watching the connection, detaching it. The
 * baseline is what the kernel must do at least, a duplicate and a close.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class ChannelDetachBenchmark {

	private static final int CONNECTIONS = 64;

	private OpenDescriptors descriptors;

	private Connections server;

	private final List<Connections.Connection> connections = new ArrayList<>();

	private final Descriptor[] idle = new Descriptor[CONNECTIONS];

	private final ConnectionChannel[] channels = new ConnectionChannel[CONNECTIONS];

	private MultiThreadIoEventLoopGroup eventLoops;

	private EventLoop eventLoop;

	@Setup
	public void open() throws IOException {
		this.descriptors = new OpenDescriptors();
		this.server = new Connections();
		for (int i = 0; i < CONNECTIONS; i++) {
			Connections.Connection connection = this.server.connect();
			this.connections.add(connection);
			this.idle[i] = connection.descriptor().move();
		}
		this.eventLoops = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("benchmark", true),
				ConnectionChannel.newIoHandlerFactory());
		this.eventLoop = this.eventLoops.next();
	}

	@TearDown
	public void close() throws IOException {
		this.eventLoops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
		for (int i = 0; i < CONNECTIONS; i++) {
			this.idle[i].close();
			this.connections.get(i).close();
		}
		this.server.close();
		this.descriptors.assertSame();
	}

	@Benchmark
	@OperationsPerInvocation(CONNECTIONS)
	public void openAndDetach() throws InterruptedException, ExecutionException, TimeoutException {
		runTwice(this::openChannels, this::detachChannels);
	}

	@Benchmark
	@OperationsPerInvocation(CONNECTIONS)
	public void baseline() throws InterruptedException, ExecutionException, TimeoutException {
		runTwice(() -> {
		}, this::duplicate);
	}

	/**
	 * Run a task on the event loop, and another one when it has looked at its
	 * connections.
	 */
	private void runTwice(Task first, Task second) throws InterruptedException, ExecutionException, TimeoutException {
		CompletableFuture<Void> done = new CompletableFuture<>();
		this.eventLoop.execute(() -> {
			run(first, done);
			// A task without a time would run before that
			this.eventLoop.schedule(() -> {
				run(second, done);
				done.complete(null);
			}, 1, TimeUnit.NANOSECONDS);
		});
		done.get(10, TimeUnit.SECONDS);
	}

	private static void run(Task task, CompletableFuture<Void> done) {
		try {
			task.run();
		}
		catch (IOException | RuntimeException ex) {
			done.completeExceptionally(ex);
		}
	}

	private void openChannels() {
		for (int i = 0; i < CONNECTIONS; i++) {
			Connections.Connection connection = this.connections.get(i);
			this.channels[i] = (ConnectionChannel) this.idle[i].toNettyChannel(connection.accepted().remote(),
					connection.accepted().local());
			this.eventLoop.register(this.channels[i]);
		}
	}

	private void detachChannels() throws IOException {
		for (int i = 0; i < CONNECTIONS; i++) {
			this.idle[i] = this.channels[i].detach();
		}
	}

	private void duplicate() throws IOException {
		for (int i = 0; i < CONNECTIONS; i++) {
			Descriptor duplicate = this.idle[i].duplicate();
			this.idle[i].close();
			this.idle[i] = duplicate;
		}
	}

	/**
	 * Something that may fail.
	 */
	private interface Task {

		void run() throws IOException;

	}

}
