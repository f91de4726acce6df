package io.fdwork.internal.queue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkLimits;
import io.fdwork.WorkQueueException;
import io.fdwork.WorkQueueFullException;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.Received;
import io.fdwork.descriptor.Receiver;
import io.fdwork.descriptor.ReceivingEnd;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.WorkFrame;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link KernelQueue}, {@link QueueReader} and {@link Getter}.
 */
@Timeout(60)
class KernelQueueTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private static final long FOR_EVER = Long.MAX_VALUE;

	@TempDir
	Path directory;

	private final ExecutorService executor = Executors.newCachedThreadPool();

	private final List<AutoCloseable> open = new ArrayList<>();

	private Descriptor.Pipe pipe;

	@BeforeEach
	void openPipe() throws IOException {
		this.pipe = closeLater(Descriptor.pipe());
	}

	@AfterEach
	void close() throws Exception {
		this.executor.shutdownNow();
		assertThat(this.executor.awaitTermination(5, TimeUnit.SECONDS)).isTrue();
		for (int i = this.open.size() - 1; i >= 0; i--) {
			this.open.get(i).close();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 16, 17, 100, 512 })
	void shouldHoldExactlyItsDepth(int depth) throws IOException {
		KernelQueue queue = create(depth);
		assertThat(queue.capacity()).isEqualTo(depth);
		for (int i = 0; i < depth; i++) {
			queue.put(request(), 0);
		}
		WorkRequest oneTooMany = request();
		assertThatExceptionOfType(WorkQueueFullException.class).isThrownBy(() -> queue.put(oneTooMany, 0))
			.withMessageContaining("holds " + depth + " requests");
		assertThat(oneTooMany.state()).isEqualTo(WorkRequest.State.OPEN);
		assertThat(oneTooMany.descriptors().get(0).isOpen()).isTrue();
		oneTooMany.close();
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", depth, depth, depth, 0, 0, false));
	}

	@Test
	void shouldHoldItsDepthOfConnectionsWithAddresses() throws IOException {
		KernelQueue queue = create(16);
		InetSocketAddress address = new InetSocketAddress(InetAddress.getByName("2001:db8::1"), 8080);
		for (int i = 0; i < 16; i++) {
			queue.put(
					WorkRequest.with(this.pipe.sink().duplicate()).remoteAddress(address).localAddress(address).build(),
					0);
		}
		assertThat(queue.snapshot().depth()).isEqualTo(16);
	}

	@ParameterizedTest
	@ValueSource(ints = { -1, 0, 15, 1_000_001 })
	void shouldRefuseDepthThatIsNotAllowed(int depth) {
		assertThatIllegalArgumentException().isThrownBy(() -> KernelQueue.create("q", depth))
			.withMessageContaining("16 to 1000000");
	}

	@Test
	void shouldCarryRequestWithEverythingAtItsLimit() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		WorkRequest.Builder builder = WorkRequest.with(this.pipe.source().duplicate());
		for (int i = 1; i < WorkLimits.MAX_DESCRIPTORS; i++) {
			builder.descriptor(this.pipe.source().duplicate());
		}
		for (int i = 0; i < WorkLimits.MAX_PARAMETERS; i++) {
			builder.parameter("%02d".formatted(i), "v".repeat(62));
		}
		WorkRequest request = builder.payload(new byte[WorkLimits.MAX_PAYLOAD_BYTES]).build();
		queue.put(request, 0);
		try (Work work = get(getter)) {
			assertThat(work.id()).isEqualTo(request.id());
			assertThat(work.descriptors()).hasSize(WorkLimits.MAX_DESCRIPTORS);
			assertThat(work.parameters()).isEqualTo(request.parameters());
			assertThat(work.payload()).hasSize(WorkLimits.MAX_PAYLOAD_BYTES);
		}
	}

	@Test
	void shouldTellWhatWasPutAndWhen() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			long before = System.nanoTime();
			WorkRequest request = connection.request().parameter("a", "b").build();
			queue.put(request, 0);
			try (Work work = get(getter)) {
				assertThat(work.id()).isEqualTo(request.id());
				assertThat(work.queue()).isEqualTo("q");
				assertThat(work.remoteAddress()).isEqualTo(connection.client().getLocalSocketAddress());
				assertThat(work.localAddress()).isEqualTo(connection.client().getRemoteSocketAddress());
				assertThat(work.parameters()).isEqualTo(Map.of("a", "b"));
				assertThat(work.putNanos()).isBetween(before, System.nanoTime());
				assertThat(work.gotNanos()).isBetween(work.putNanos(), System.nanoTime());
			}
		}
	}

	@Test
	void shouldGiveRequestsInTheOrderOfTheirPuts() throws Exception {
		KernelQueue queue = create(100);
		Getter first = getter(queue);
		Getter second = getter(queue);
		List<RequestId> put = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			WorkRequest request = request();
			put.add(request.id());
			queue.put(request, 0);
		}
		for (int i = 0; i < 100; i++) {
			try (Work work = get((i % 3 == 0) ? first : second)) {
				assertThat(work.id()).isEqualTo(put.get(i));
			}
		}
	}

	@Test
	void shouldGetNothingWhenEmpty() throws Exception {
		Getter getter = getter(create(16));
		long start = System.nanoTime();
		assertThat(getter.get((work, outcome) -> {
		})).isNull();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(KernelQueue.GET_TIMEOUT.dividedBy(2),
				KernelQueue.GET_TIMEOUT.multipliedBy(8));
	}

	@Test
	void shouldCloseDescriptorHereAndKeepClientConnectedWhenPut() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			WorkRequest request = connection.request().build();
			queue.put(request, 0);
			assertThat(request.state()).isEqualTo(WorkRequest.State.PUT);
			assertThat(connection.descriptor().isOpen()).isFalse();
			request.close();
			assertThat(request.state()).isEqualTo(WorkRequest.State.PUT);
			connection.client().getOutputStream().write('q');
			try (Work work = get(getter)) {
				assertThat(work.channel().socket().getInputStream().read()).isEqualTo('q');
				work.channel().socket().getOutputStream().write('a');
				assertThat(connection.client().getInputStream().read()).isEqualTo('a');
			}
			assertThat(connection.client().getInputStream().read()).as("end with the work").isEqualTo(-1);
		}
	}

	@Test
	void shouldLeaveDescriptorOpenHereWhenRequestKeepsIt() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		WorkRequest request = WorkRequest.with(this.pipe.source()).keepDescriptors().build();
		queue.put(request, 0);
		assertThat(request.state()).isEqualTo(WorkRequest.State.PUT);
		assertThat(this.pipe.source().isOpen()).isTrue();
		request.close();
		assertThat(this.pipe.source().isOpen()).isTrue();
		get(getter).close();
		try (OutputStream out = this.pipe.sink().duplicate().toOutputStream();
				InputStream in = this.pipe.source().duplicate().toInputStream()) {
			out.write('k');
			assertThat(in.read()).isEqualTo('k');
		}
	}

	@Test
	void shouldRefuseRequestThatWasPutOrClosedBefore() throws Exception {
		KernelQueue queue = create(16);
		WorkRequest put = WorkRequest.with(this.pipe.source().duplicate()).keepDescriptors().build();
		queue.put(put, 0);
		assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queue.put(put, 0))
			.withMessageContaining("cannot be put again");
		WorkRequest closed = request();
		closed.close();
		assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queue.put(closed, FOR_EVER))
			.withMessageContaining("cannot be put again");
		assertThat(queue.snapshot().put()).isEqualTo(1);
		put.descriptors().get(0).close();
	}

	@Test
	void shouldWaitUntilThereIsRoomWhenFull() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		fill(queue);
		WorkRequest waiting = request();
		Future<?> put = this.executor.submit(() -> queue.put(waiting, FOR_EVER));
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		assertThat(put.isDone()).isFalse();
		assertThat(waiting.state()).isEqualTo(WorkRequest.State.BEING_PUT);
		get(getter).close();
		put.get(5, TimeUnit.SECONDS);
		assertThat(waiting.state()).isEqualTo(WorkRequest.State.PUT);
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 16, 16, 17, 1, 1, false));
		for (int i = 0; i < 15; i++) {
			get(getter).close();
		}
		try (Work last = get(getter)) {
			assertThat(last.id()).isEqualTo(waiting.id());
		}
	}

	@Test
	void shouldWaitForTheTimeThatIsGivenWhenFull() throws Exception {
		KernelQueue queue = create(16);
		fill(queue);
		try (WorkRequest request = request()) {
			long start = System.nanoTime();
			assertThatExceptionOfType(WorkQueueFullException.class)
				.isThrownBy(() -> queue.put(request, Duration.ofMillis(300).toNanos()));
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(290), SOON);
			assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
			assertThat(request.descriptors().get(0).isOpen()).isTrue();
		}
		assertThat(queue.snapshot().full()).isFalse();
		assertThat(queue.snapshot().put()).isEqualTo(16);
	}

	@Test
	void shouldPutRefusedRequestLater() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		fill(queue);
		WorkRequest request = request();
		assertThatExceptionOfType(WorkQueueFullException.class).isThrownBy(() -> queue.put(request, 0));
		for (int i = 0; i < 16; i++) {
			get(getter).close();
		}
		queue.put(request, 0);
		try (Work work = get(getter)) {
			assertThat(work.id()).isEqualTo(request.id());
			assertThat(work.descriptors()).hasSize(1);
		}
	}

	@Test
	void shouldServeWaitingPutsInTheirOrder() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		fill(queue);
		List<RequestId> order = new ArrayList<>();
		for (int i = 0; i < 5; i++) {
			WorkRequest request = request();
			order.add(request.id());
			AtomicReference<Thread> thread = new AtomicReference<>();
			this.executor.submit(() -> {
				thread.set(Thread.currentThread());
				queue.put(request, FOR_EVER);
			});
			boolean first = i == 0;
			Awaitility.await()
				.atMost(SOON)
				.until(() -> (first) ? queue.snapshot().full() : thread.get() != null
						&& List.of(Thread.State.WAITING, Thread.State.TIMED_WAITING).contains(thread.get().getState()));
		}
		List<RequestId> got = new ArrayList<>();
		for (int i = 0; i < 21; i++) {
			try (Work work = get(getter)) {
				got.add(work.id());
			}
		}
		assertThat(got.subList(16, 21)).isEqualTo(order);
	}

	@Test
	void shouldNotSayFullWhenOtherThreadsPutMeanwhile() throws Exception {
		KernelQueue queue = create(512);
		int threads = 4;
		CyclicBarrier barrier = new CyclicBarrier(threads);
		List<Future<?>> results = new ArrayList<>();
		for (int i = 0; i < threads; i++) {
			results.add(this.executor.submit(() -> {
				barrier.await();
				for (int j = 0; j < 120; j++) {
					try (WorkRequest request = request()) {
						queue.put(request, 0);
					}
				}
				return null;
			}));
		}
		for (Future<?> result : results) {
			result.get(20, TimeUnit.SECONDS);
		}
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 480, 512, 480, 0, 0, false));
	}

	@Test
	void shouldSayFullAtOnceWhenAnotherPutWaits() throws Exception {
		KernelQueue queue = create(16);
		fill(queue);
		WorkRequest waiting = request();
		Future<?> put = this.executor.submit(() -> queue.put(waiting, FOR_EVER));
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		try (waiting; WorkRequest request = request()) {
			assertThatExceptionOfType(WorkQueueFullException.class).isThrownBy(() -> queue.put(request, 0));
			assertThatExceptionOfType(WorkQueueFullException.class).isThrownBy(() -> queue.put(request, 1_000_000));
			assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
			queue.refuse();
			Awaitility.await().atMost(SOON).until(put::isDone);
		}
	}

	@Test
	void shouldChangeNothingWhenWaitingPutIsInterrupted() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		fill(queue);
		WorkRequest request = request();
		Thread[] thread = new Thread[1];
		Future<Boolean> put = this.executor.submit(() -> {
			thread[0] = Thread.currentThread();
			assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queue.put(request, FOR_EVER))
				.withMessageContaining("Interrupted");
			return Thread.interrupted();
		});
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		thread[0].interrupt();
		assertThat(put.get(5, TimeUnit.SECONDS)).as("the interrupt is passed on").isTrue();
		assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
		assertThat(queue.snapshot().full()).isFalse();
		get(getter).close();
		queue.put(request, SOON.toNanos());
	}

	@Test
	void shouldAwaitRoomWhenFull() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		assertThat(queue.awaitRoom(() -> true)).isTrue();
		assertThat(queue.awaitRoom(() -> false)).as("needs no wait").isTrue();
		fill(queue);
		Future<Boolean> room = this.executor.submit(() -> queue.awaitRoom(() -> true));
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		assertStaysWaiting(room);
		get(getter).close();
		assertThat(room.get(5, TimeUnit.SECONDS)).isTrue();
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 15, 16, 16, 1, 1, false));
	}

	@Test
	void shouldAwaitRoomNoLongerWhenItRefuses() throws Exception {
		KernelQueue queue = create(16);
		fill(queue);
		Future<Boolean> room = this.executor.submit(() -> queue.awaitRoom(() -> true));
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		queue.refuse();
		assertThat(room.get(5, TimeUnit.SECONDS)).as("the put says so").isTrue();
		assertThat(queue.snapshot().full()).isFalse();
		queue.close();
		assertThat(queue.awaitRoom(() -> true)).isTrue();
	}

	@Test
	void shouldAwaitRoomNoLongerWhenToldSo() throws Exception {
		KernelQueue queue = create(16);
		fill(queue);
		AtomicBoolean goOn = new AtomicBoolean(true);
		Future<Boolean> room = this.executor.submit(() -> queue.awaitRoom(goOn::get));
		// It has to wait for its turn, too
		WorkRequest request = request();
		Future<?> put = this.executor.submit(() -> queue.put(request, FOR_EVER));
		Future<Boolean> behind = this.executor.submit(() -> queue.awaitRoom(goOn::get));
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		assertStaysWaiting(room);
		goOn.set(false);
		assertThat(room.get(5, TimeUnit.SECONDS)).isFalse();
		assertThat(behind.get(5, TimeUnit.SECONDS)).isFalse();
		assertStaysWaiting(put);
		queue.refuse();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> put.get(5, TimeUnit.SECONDS));
		request.close();
	}

	@Test
	void shouldWakeWaitingPutWhenItRefuses() throws Exception {
		KernelQueue queue = create(16);
		fill(queue);
		WorkRequest request = request();
		Future<?> put = this.executor.submit(() -> queue.put(request, FOR_EVER));
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		assertStaysWaiting(put);
		queue.refuse();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> put.get(5, TimeUnit.SECONDS))
			.withCauseInstanceOf(WorkQueueException.class)
			.withMessageContaining("is closed");
		assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
		assertThat(queue.snapshot().full()).isFalse();
		request.close();
		WorkRequest late = request();
		assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queue.put(late, FOR_EVER))
			.withMessageContaining("is closed");
		assertThat(late.state()).isEqualTo(WorkRequest.State.OPEN);
		late.close();
	}

	private static void assertStaysWaiting(Future<?> future) throws Exception {
		assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> future.get(250, TimeUnit.MILLISECONDS));
	}

	@Test
	void shouldRefuseWhenClosedTwice() throws Exception {
		KernelQueue queue = create(16);
		queue.close();
		queue.close();
		try (WorkRequest request = request()) {
			assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> queue.put(request, 0));
			assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
		}
		assertThat(queue.snapshot().depth()).isZero();
	}

	@Test
	void shouldGiveWhatIsLeftWhenDaemonHasClosedTheQueue() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			queue.put(connection.request().build(), 0);
			fill(queue);
			queue.close();
			try (Work work = get(getter)) {
				work.channel().socket().getOutputStream().write('a');
				assertThat(connection.client().getInputStream().read()).isEqualTo('a');
			}
			for (int i = 0; i < 15; i++) {
				get(getter).close();
			}
			assertThat(getter.get((work, outcome) -> {
			})).isNull();
		}
	}

	@Test
	void shouldEndQueuedConnectionsWhenNobodyHoldsTheQueue() throws Exception {
		KernelQueue queue = create(16);
		QueueReader reader = reader(queue);
		Getter getter = reader.newGetter();
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			queue.put(connection.request().build(), 0);
			queue.close();
			reader.close();
			getter.close();
			assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		}
	}

	@Test
	void shouldLeaveServedConnectionsAloneWhenEverythingIsClosed() throws Exception {
		KernelQueue queue = create(16);
		QueueReader reader = reader(queue);
		Getter getter = reader.newGetter();
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			queue.put(connection.request().build(), 0);
			try (Work work = get(getter)) {
				getter.close();
				reader.close();
				queue.close();
				connection.client().getOutputStream().write('q');
				assertThat(work.channel().socket().getInputStream().read()).isEqualTo('q');
				work.channel().socket().getOutputStream().write('a');
				assertThat(connection.client().getInputStream().read()).isEqualTo('a');
			}
		}
	}

	@Test
	void shouldUseGetterWhenReaderIsClosed() throws Exception {
		KernelQueue queue = create(16);
		QueueReader reader = reader(queue);
		Getter getter = closeLater(reader.newGetter());
		reader.close();
		queue.put(request(), 0);
		get(getter).close();
	}

	@Test
	void shouldCountWhatAnotherReaderGot() throws Exception {
		KernelQueue queue = create(100);
		Getter first = getter(queue);
		Getter second = getter(queue);
		for (int i = 0; i < 50; i++) {
			queue.put(request(), 0);
		}
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 50, 100, 50, 0, 0, false));
		for (int i = 0; i < 10; i++) {
			get(first).close();
		}
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 40, 100, 50, 10, 0, false));
		for (int i = 0; i < 40; i++) {
			get(second).close();
		}
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 0, 100, 50, 50, 0, false));
	}

	@Test
	void shouldGiveEachRequestOnceWhenSeveralThreadsPutAndGet() throws Exception {
		KernelQueue queue = create(64);
		QueueReader reader = reader(queue);
		int putters = 3;
		int each = 500;
		int before = OpenFiles.count();
		Map<RequestId, String> put = new ConcurrentHashMap<>();
		Map<RequestId, String> got = new ConcurrentHashMap<>();
		ConcurrentLinkedQueue<String> twice = new ConcurrentLinkedQueue<>();
		List<Future<?>> results = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			results.add(this.executor.submit(() -> getAll(reader, putters * each, got, twice)));
		}
		for (int i = 0; i < putters; i++) {
			int putter = i;
			results.add(this.executor.submit(() -> {
				for (int j = 0; j < each; j++) {
					String content = putter + ":" + j;
					WorkRequest request = pipeWith(content);
					put.put(request.id(), content);
					queue.put(request, FOR_EVER);
				}
				return null;
			}));
		}
		for (Future<?> result : results) {
			result.get(40, TimeUnit.SECONDS);
		}
		assertThat(twice).isEmpty();
		assertThat(got).isEqualTo(put).hasSize(putters * each);
		assertThat(queue.snapshot().depth()).isZero();
		OpenFiles.awaitAtMost(before);
	}

	private static WorkRequest pipeWith(String content) throws IOException {
		Descriptor.Pipe pipe = Descriptor.pipe();
		try (OutputStream out = pipe.sink().toOutputStream()) {
			out.write(content.getBytes(StandardCharsets.UTF_8));
		}
		return WorkRequest.with(pipe.source()).build();
	}

	private static Void getAll(QueueReader reader, int total, Map<RequestId, String> got,
			ConcurrentLinkedQueue<String> twice) throws Exception {
		try (Getter getter = reader.newGetter()) {
			while (got.size() < total) {
				Work work = getter.get((ended, outcome) -> {
				});
				if (work == null) {
					continue;
				}
				try (work; InputStream in = work.descriptors().get(0).duplicate().toInputStream()) {
					String content = new String(in.readAllBytes(), StandardCharsets.UTF_8);
					if (got.put(work.id(), content) != null) {
						twice.add(content);
					}
				}
			}
		}
		return null;
	}

	@Test
	void shouldPassFileWithParametersAndPayload() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		Path path = Files.writeString(this.directory.resolve("file"), "0123456789");
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
			file.seek(4);
			queue.put(WorkRequest.with(Descriptor.duplicateOf(file))
				.parameter("name", "file")
				.payload("payload".getBytes(StandardCharsets.UTF_8))
				.build(), 0);
		}
		Files.delete(path);
		try (Work work = get(getter)) {
			assertThat(work.parameters()).containsExactly(Map.entry("name", "file"));
			assertThat(work.payload()).asString(StandardCharsets.UTF_8).isEqualTo("payload");
			assertThat(work.remoteAddress()).isNull();
			try (FileChannel channel = work.descriptors().get(0).toFileChannel()) {
				assertThat(channel.position()).isEqualTo(4);
				assertThat(channel.size()).isEqualTo(10);
			}
		}
	}

	@Test
	void shouldPassPipe() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		queue.put(WorkRequest.with(this.pipe.sink()).build(), 0);
		try (Work work = get(getter); OutputStream out = work.descriptors().get(0).toOutputStream()) {
			out.write("through".getBytes(StandardCharsets.UTF_8));
		}
		try (InputStream in = this.pipe.source().toInputStream()) {
			assertThat(in.readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("through");
		}
	}

	@Test
	void shouldPassListeningSocket() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 8);
		InetSocketAddress address = listener.address();
		queue.put(WorkRequest.with(listener.duplicate()).build(), 0);
		listener.close();
		try (Work work = get(getter);
				Socket client = Connections.connectTo(address);
				Descriptor duplicate = work.descriptors().get(0).duplicate()) {
			assertThat(client.isConnected()).as("by the backlog").isTrue();
			work.close();
			assertThat(duplicate.isOpen()).isTrue();
			Connections.connectTo(address).close();
		}
		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Connections.connectTo(address));
	}

	@Test
	void shouldPassListeningSocketOfNetty() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
		try {
			EpollServerSocketChannel channel = new EpollServerSocketChannel();
			group.register(channel).sync();
			channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).sync();
			InetSocketAddress address = channel.localAddress();
			queue.put(WorkRequest.with(Descriptor.duplicateOf(channel)).build(), 0);
			channel.close().sync();
			try (Work work = get(getter); Socket client = Connections.connectTo(address)) {
				assertThat(client.isConnected()).as("accepted by the backlog of " + work).isTrue();
			}
		}
		finally {
			group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
		}
	}

	@Test
	void shouldLeaveNothingOpenWhenWorksEnd() throws Exception {
		KernelQueue queue = create(16);
		Getter getter = getter(queue);
		OpenFiles.assertNoneLeaked(50, () -> {
			queue.put(WorkRequest.with(this.pipe.sink().duplicate()).descriptor(this.pipe.source().duplicate()).build(),
					0);
			get(getter).close();
		});
	}

	@Test
	void shouldLeaveNothingOpenWhenReadersAreClosed() throws Exception {
		KernelQueue queue = create(16);
		OpenFiles.assertNoneLeaked(20, () -> {
			try (QueueReader reader = QueueReader.open("q", queue.instance(), queue.duplicateForWorker());
					Getter getter = reader.newGetter()) {
				queue.put(request(), 0);
				get(getter).close();
			}
		});
	}

	@Test
	void shouldRefuseReaderOfWhatIsNoQueue() throws Exception {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (QueueReader reader = QueueReader.open("q", 1, this.pipe.source().duplicate())) {
				assertThatExceptionOfType(IOException.class).isThrownBy(reader::newGetter)
					.withMessageContaining("Not the receiving end of a queue");
			}
		});
	}

	@Test
	void shouldLeaveNothingOpenWhenClosed() throws Exception {
		// Not all open files: junixsocket keeps a pair for each that it makes
		long before = openInformation();
		KernelQueue queue = KernelQueue.create("q", 16);
		assertThat(openInformation()).isEqualTo(before + 1);
		queue.close();
		assertThat(openInformation()).isEqualTo(before);
	}

	private static long openInformation() throws IOException {
		try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
			return numbers.filter(KernelQueueTests::isInformation).count();
		}
	}

	private static boolean isInformation(Path number) {
		try {
			return Files.readSymbolicLink(number).toString().contains("/fdinfo/");
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * A worker that is killed at this point has received a request and said so to nobody.
	 */
	@Test
	void shouldNotCountWhatWasReceivedBySomebodyWhoWasKilledThen() throws Exception {
		KernelQueue queue = create(16);
		queue.put(request(), 0);
		queue.put(request(), 0);
		try (MessageReceiver receiver = new MessageReceiver(queue.duplicateForWorker())) {
			receiver.receive();
		}
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 1, 16, 2, 1, 0, false));
		Getter getter = getter(queue);
		assertThat(getter.isEmpty()).isFalse();
		try (MessageReceiver receiver = new MessageReceiver(queue.duplicateForWorker())) {
			receiver.receive();
		}
		assertThat(queue.snapshot()).isEqualTo(new QueueSnapshot("q", 0, 16, 2, 2, 0, false));
		assertThat(getter.isEmpty()).isTrue();
	}

	@Test
	void shouldCountRequestsOfSeveralDescriptors() throws Exception {
		KernelQueue queue = create(100);
		Getter getter = getter(queue);
		int[] descriptors = { 1, 3, 1, 1, 16, 2, 1 };
		for (int round = 0; round < 3; round++) {
			for (int i = 0; i < descriptors.length; i++) {
				WorkRequest.Builder builder = WorkRequest.with(this.pipe.sink().duplicate());
				for (int j = 1; j < descriptors[i]; j++) {
					builder.descriptor(this.pipe.sink().duplicate());
				}
				queue.put(builder.build(), 0);
				assertThat(queue.snapshot().depth()).isEqualTo(i + 1);
			}
			for (int i = descriptors.length - 1; i >= 0; i--) {
				get(getter).close();
				assertThat(queue.snapshot().depth()).isEqualTo(i);
			}
			assertThat(queue.snapshot().got()).isEqualTo((round + 1) * descriptors.length);
		}
	}

	@Test
	void shouldGiveWorkerNothingThatCanBeTruncated() throws Exception {
		KernelQueue queue = create(16);
		try (Descriptor descriptor = queue.duplicateForWorker()) {
			assertThatExceptionOfType(IOException.class).isThrownBy(descriptor::toFileChannel);
		}
		queue.put(request(), 0);
		assertThat(queue.snapshot().depth()).isEqualTo(1);
	}

	@Test
	void shouldKnowWhoWaitsForRoom() throws Exception {
		KernelQueue queue = create(16);
		fill(queue);
		AtomicReference<Thread> putting = new AtomicReference<>();
		AtomicReference<Thread> looking = new AtomicReference<>();
		WorkRequest waiting = request();
		Future<?> put = this.executor.submit(() -> {
			putting.set(Thread.currentThread());
			queue.put(waiting, FOR_EVER);
		});
		Awaitility.await().atMost(SOON).until(() -> queue.snapshot().full());
		Future<?> room = this.executor.submit(() -> {
			looking.set(Thread.currentThread());
			queue.awaitRoom(() -> true);
		});
		Awaitility.await().atMost(SOON).until(() -> looking.get() != null && queue.isWaiting(looking.get()));
		assertThat(queue.isWaiting(putting.get())).isTrue();
		assertThat(queue.isWaiting(Thread.currentThread())).isFalse();
		queue.refuse();
		room.get(5, TimeUnit.SECONDS);
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> put.get(5, TimeUnit.SECONDS));
		assertThat(queue.isWaiting(putting.get())).isFalse();
		assertThat(queue.isWaiting(looking.get())).isFalse();
		waiting.close();
	}

	@Test
	void shouldTellQueuesOfOneNameApart() throws Exception {
		KernelQueue first = create(16);
		KernelQueue second = create(16);
		assertThat(first.instance()).isNotEqualTo(second.instance());
		assertThat(reader(first).instance()).isEqualTo(first.instance());
		assertThat(reader(first).name()).isEqualTo("q");
	}

	private void fill(KernelQueue queue) {
		while (queue.snapshot().depth() < queue.capacity()) {
			queue.put(request(), 0);
		}
	}

	private WorkRequest request() {
		try {
			return WorkRequest.with(this.pipe.sink().duplicate()).build();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private KernelQueue create(int depth) throws IOException {
		return closeLater(KernelQueue.create("q", depth));
	}

	private Getter getter(KernelQueue queue) throws IOException {
		return closeLater(reader(queue).newGetter());
	}

	@Test
	void shouldTakeAsMuchOfConnectionAsCanBeReplayedAlsoIfItIsTheSmallestQueue() throws Exception {
		KernelQueue queue = create(KernelQueue.MIN_DEPTH);
		queue.use(EnumSet.allOf(Feature.class));
		byte[] preread = new byte[WorkFrame.MAX_PREREAD];
		new Random(1).nextBytes(preread);
		WorkRequest request = WorkRequest.with(this.pipe.source())
			.queue("q")
			.parameter("tenant", "x".repeat(500))
			.build();
		for (int i = 0; i < 2; i++) {
			assertThat(queue.putAgain(request, this.pipe.source(), new Place(1, 2, 3), preread)).isPositive();
			try (GotWork work = (GotWork) get(closeLater(reader(queue).newGetter()))) {
				assertThat(work.takePreread()).isEqualTo(preread);
			}
		}
	}

	private QueueReader reader(KernelQueue queue) throws IOException {
		return closeLater(QueueReader.open(queue.name(), queue.instance(), queue.duplicateForWorker()));
	}

	private static Work get(Getter getter) throws Exception {
		Work work = getter.get((ended, outcome) -> {
		});
		assertThat(work).as("a work").isNotNull();
		return work;
	}

	private <T extends AutoCloseable> T closeLater(T closeable) {
		this.open.add(closeable);
		return closeable;
	}

	/**
	 * Receives, and counts nothing.
	 */
	private static final class MessageReceiver implements AutoCloseable {

		private final ReceivingEnd end;

		private final Receiver receiver;

		MessageReceiver(Descriptor descriptor) throws IOException {
			this.end = ReceivingEnd.of(descriptor);
			this.receiver = this.end.newReceiver();
		}

		void receive() throws IOException {
			Received received = this.receiver.receive(ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH));
			assertThat(received).isNotNull();
			received.close();
		}

		@Override
		public void close() {
			this.receiver.close();
			this.end.close();
		}

	}

}
