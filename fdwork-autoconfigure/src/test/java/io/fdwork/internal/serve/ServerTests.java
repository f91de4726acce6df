package io.fdwork.internal.serve;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.serve.DrainEvent;
import io.fdwork.serve.FdworkAttributes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link HandlerServer} and {@link NettyServer}, with works that came through a
 * queue.
 */
@Timeout(60)
class ServerTests {

	@TempDir
	Path directory;

	private final Queue<WorkOutcome> outcomes = new ConcurrentLinkedQueue<>();

	private final List<String> events = new ArrayList<>();

	private Connections connections;

	private KernelQueue queue;

	private QueueReader reader;

	private Getter getter;

	@BeforeEach
	void open() throws IOException {
		this.connections = new Connections();
		this.queue = KernelQueue.create("q", 16);
		this.reader = QueueReader.open("q", 1, this.queue.duplicateForWorker());
		this.getter = this.reader.newGetter();
	}

	@AfterEach
	void close() {
		this.getter.close();
		this.reader.close();
		this.queue.close();
		this.connections.close();
	}

	@Test
	void shouldHandleOnCallingThread() throws Exception {
		Thread caller = Thread.currentThread();
		OpenFiles.assertNoneLeaked(10, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				Work work = work(connection.request());
				serve(new HandlerServer((handled) -> {
					assertThat(handled).isSameAs(work);
					assertThat(Thread.currentThread()).isSameAs(caller);
					handled.channel().socket().getOutputStream().write('a');
				}, null), work);
				assertThat(work.outcome()).isEqualTo(WorkOutcome.SERVED);
				assertThat(connection.client().getInputStream().readAllBytes()).containsExactly('a');
			}
		});
		assertThat(this.outcomes).hasSize(11).containsOnly(WorkOutcome.SERVED);
	}

	@Test
	void shouldFailWorkWhenHandlerThrows() throws Exception {
		List<WorkHandler> handlers = List.of((work) -> {
			throw new IOException("expected");
		}, (work) -> {
			throw new AssertionError("expected");
		}, (work) -> {
			work.takeOver();
			throw new IllegalStateException("expected");
		});
		ExecutorService executor = Executors.newCachedThreadPool();
		try {
			for (WorkHandler handler : handlers) {
				for (Executor on : new Executor[] { null, executor }) {
					try (Connections.Connection connection = this.connections.connect()) {
						Work work = work(connection.request());
						serve(new HandlerServer(handler, on), work);
						await().until(() -> work.outcome() == WorkOutcome.FAILED);
						assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
					}
				}
			}
			await().until(() -> this.outcomes.size() == 6);
			assertThat(this.outcomes).containsOnly(WorkOutcome.FAILED);
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void shouldHoldWorkUntilHandlerOnExecutorReturns() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		CountDownLatch served = new CountDownLatch(1);
		try (Connections.Connection connection = this.connections.connect()) {
			Work work = work(connection.request());
			serve(new HandlerServer((handled) -> assertThat(served.await(10, TimeUnit.SECONDS)).isTrue(), executor),
					work);
			assertThat(work.outcome()).isNull();
			served.countDown();
			await().until(() -> work.outcome() == WorkOutcome.SERVED);
			assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void shouldHoldWorkThatHandlerTookOver() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try {
			for (Executor on : new Executor[] { null, executor }) {
				try (Connections.Connection connection = this.connections.connect()) {
					Work work = work(connection.request());
					CountDownLatch returned = new CountDownLatch(1);
					serve(new HandlerServer((handled) -> {
						handled.takeOver();
						returned.countDown();
					}, on), work);
					assertThat(returned.await(5, TimeUnit.SECONDS)).isTrue();
					executor.submit(() -> {
					}).get(5, TimeUnit.SECONDS);
					assertThat(work.outcome()).isNull();
					work.close();
					assertThat(work.outcome()).isEqualTo(WorkOutcome.SERVED);
				}
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void shouldThrowWhenExecutorRejects() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		executor.shutdownNow();
		try (Connections.Connection connection = this.connections.connect(); Work work = work(connection.request())) {
			HandlerServer server = new HandlerServer((handled) -> {
			}, executor);
			assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> server.accept(work));
		}
	}

	@Test
	void shouldEndWorkWhenNettyChannelIsClosed() throws Exception {
		try (NettyServer server = nettyServer()) {
			OpenFiles.assertNoneLeaked(20, () -> {
				try (Connections.Connection connection = this.connections.connect()) {
					Work work = work(connection.request());
					serve(server, work);
					assertThat(work.outcome()).isNull();
					connection.client().getOutputStream().write("echo".getBytes(StandardCharsets.UTF_8));
					assertThat(connection.client().getInputStream().readNBytes(4)).asString(StandardCharsets.UTF_8)
						.isEqualTo("echo");
					assertThat(work.outcome()).isNull();
					connection.client().getOutputStream().write('.');
					assertThat(connection.client().getInputStream().readAllBytes()).containsExactly('.');
					await().until(() -> work.outcome() == WorkOutcome.SERVED);
				}
			});
			assertThat(this.outcomes).hasSize(21).containsOnly(WorkOutcome.SERVED);
		}
	}

	@Test
	void shouldEndWorkWhenClientOfNettyChannelLeaves() throws Exception {
		try (NettyServer server = nettyServer()) {
			for (int linger : new int[] { -1, 0 }) {
				try (Connections.Connection connection = this.connections.connect()) {
					Work work = work(connection.request());
					serve(server, work);
					connection.client().setSoLinger(linger == 0, 0);
					connection.client().close();
					await().until(() -> work.outcome() != null);
				}
			}
		}
	}

	@Test
	void shouldLetPipelineKnowItsWork() throws Exception {
		Queue<Work> known = new ConcurrentLinkedQueue<>();
		try (NettyServer server = new NettyServer(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				known.add(channel.attr(FdworkAttributes.WORK).get());
				channel.close();
			}

		}, 1); Connections.Connection connection = this.connections.connect()) {
			Work work = work(connection.request());
			serve(server, work);
			await().until(() -> work.outcome() == WorkOutcome.SERVED);
			assertThat(known).containsExactly(work);
		}
	}

	@Test
	void shouldTellPipelinesThatWorkerDrains() throws Exception {
		try (NettyServer server = nettyServer();
				Connections.Connection early = this.connections.connect();
				Connections.Connection late = this.connections.connect()) {
			Work first = work(early.request());
			serve(server, first);
			early.client().getOutputStream().write('e');
			assertThat(early.client().getInputStream().read()).isEqualTo('e');
			server.drain();
			assertThat(early.client().getInputStream().readAllBytes()).asString(StandardCharsets.UTF_8)
				.startsWith("drained");
			Work second = work(late.request());
			serve(server, second);
			assertThat(late.client().getInputStream().readAllBytes()).asString(StandardCharsets.UTF_8)
				.startsWith("drained");
			await().until(() -> first.outcome() != null && second.outcome() != null);
			synchronized (this.events) {
				// One that is just being registered may be told twice
				assertThat(this.events).hasSizeBetween(2, 4);
			}
		}
	}

	@Test
	void shouldEndWorksWhenNettyServerCloses() throws Exception {
		NettyServer server = nettyServer();
		try (Connections.Connection connection = this.connections.connect()) {
			Work work = work(connection.request());
			serve(server, work);
			connection.client().getOutputStream().write('e');
			assertThat(connection.client().getInputStream().read()).isEqualTo('e');
			server.close();
			assertThat(work.outcome()).isEqualTo(WorkOutcome.SERVED);
			assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		}
		finally {
			server.close();
		}
	}

	@Test
	void shouldRefuseWorkWhenNettyServerIsClosed() throws Exception {
		NettyServer server = nettyServer();
		server.close();
		OpenFiles.assertNoneLeaked(10, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				Work work = work(connection.request());
				assertThatIllegalStateException().isThrownBy(() -> server.accept(work)).withMessageContaining("closed");
				assertThat(work.descriptors().get(0).isOpen()).as("still the work's").isTrue();
				work.fail();
				assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
			}
		});
	}

	@Test
	void shouldCloseConnectionWhenPipelineCannotBeSetUp() throws Exception {
		// Not sharable: it can be in one pipeline only
		try (NettyServer server = new NettyServer(new ChannelInboundHandlerAdapter(), 1);
				Connections.Connection first = this.connections.connect()) {
			Work taken = work(first.request());
			serve(server, taken);
			OpenFiles.assertNoneLeaked(10, () -> {
				try (Connections.Connection connection = this.connections.connect()) {
					Work work = work(connection.request());
					serve(server, work);
					assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
					await().until(() -> work.outcome() == WorkOutcome.FAILED);
				}
			});
			assertThat(taken.outcome()).isNull();
		}
	}

	@Test
	void shouldNotServeFileWithNetty() throws Exception {
		Path path = Files.createFile(this.directory.resolve("file"));
		try (NettyServer server = nettyServer()) {
			OpenFiles.assertNoneLeaked(10, () -> {
				try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
					Work work = work(WorkRequest.with(Descriptor.duplicateOf(file)));
					serve(server, work);
					await().until(() -> work.outcome() == WorkOutcome.FAILED);
				}
			});
		}
	}

	private NettyServer nettyServer() {
		return new NettyServer(new ChannelInitializer<>() {

			@Override
			protected void initChannel(Channel channel) {
				channel.pipeline().addLast(new Echo());
			}

		}, 1);
	}

	/**
	 * As the get loop does.
	 */
	private static void serve(Consumer<Work> server, Work work) {
		server.accept(work);
		GotWork.of(work).release();
	}

	private Work work(WorkRequest.Builder request) throws Exception {
		this.queue.put(request.build(), 0);
		Work work = this.getter.get((ended, outcome) -> this.outcomes.add(outcome));
		assertThat(work).isNotNull();
		return work;
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(5));
	}

	/**
	 * Sends back what comes, up to a dot.
	 */
	private final class Echo extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			boolean last = ((ByteBuf) message).toString(StandardCharsets.UTF_8).endsWith(".");
			context.writeAndFlush(message).addListener((ChannelFutureListener) (written) -> {
				if (last) {
					written.channel().close();
				}
			});
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext context, Object event) {
			if (event == DrainEvent.INSTANCE) {
				synchronized (ServerTests.this.events) {
					ServerTests.this.events.add("drain");
				}
				context.writeAndFlush(Unpooled.copiedBuffer("drained", StandardCharsets.UTF_8))
					.addListener(ChannelFutureListener.CLOSE);
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			context.close();
		}

	}

}
