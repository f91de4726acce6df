package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.worker.WorkerOptions;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for {@link QueueService}: several of them, as several workers have them, at one
 * queue.
 */
@Timeout(60)
class QueueServiceTests {

	/**
	 * Longer than any test may take: whoever waits for it fails.
	 */
	private static final Duration FOR_EVER = Duration.ofHours(1);

	private static final int MAX_CONNECTIONS = 3;

	private final BlockingQueue<Got> got = new LinkedBlockingQueue<>();

	private final List<QueueService> services = new ArrayList<>();

	private final List<Gate> gates = new ArrayList<>();

	private final List<MultiThreadIoEventLoopGroup> loops = new ArrayList<>();

	private Blocking sink = (work) -> {
	};

	private int slowStart;

	private KernelQueue queue;

	private Descriptor.Pipe pipe;

	@BeforeEach
	void open() throws IOException {
		this.pipe = Descriptor.pipe();
		this.queue = KernelQueue.create("q", 64);
	}

	@AfterEach
	void close() throws InterruptedException {
		for (QueueService service : this.services) {
			service.stop();
			service.awaitStopped(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
		}
		this.got.forEach((one) -> one.work().close());
		for (MultiThreadIoEventLoopGroup group : this.loops) {
			group.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
		}
		this.queue.close();
		this.pipe.close();
	}

	/**
	 * A worker that has no permit must not be the one that the kernel wakes.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void shouldGiveWorkToTheOneThatHasPermit(int eventLoops) throws Exception {
		newService(1, eventLoops);
		newService(1, eventLoops);
		Got[] inHand = new Got[2];
		for (int i = 0; i < 2; i++) {
			put();
			inHand[i] = take();
		}
		assertThat(inHand[0].service()).isNotEqualTo(inHand[1].service());
		long slow = 0;
		for (int i = 0; i < 300; i++) {
			Got ended = inHand[i % 2];
			ended.work().close();
			long start = System.nanoTime();
			put();
			Got next = take();
			slow += (System.nanoTime() - start > EventLoopGetTask.LOOK_INTERVAL.toNanos() / 2) ? 1 : 0;
			assertThat(next.service()).isEqualTo(ended.service());
			inHand[i % 2] = next;
		}
		// It would have been found by looking now and then
		assertThat(slow).as("works that nobody was woken for").isLessThan(10);
		this.got.addAll(List.of(inHand));
	}

	/**
	 * Nor one whose last permit an idle work has taken.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void shouldLeaveLineWhenIdleWorkTakesLastPermit(int eventLoops) throws Exception {
		newService(1, eventLoops);
		newService(1, eventLoops);
		Got[] inHand = new Got[2];
		for (int i = 0; i < 2; i++) {
			put();
			inHand[i] = take();
		}
		GotWork[] works = { GotWork.of(inHand[0].work()), GotWork.of(inHand[1].work()) };
		long slow = 0;
		long taken = 0;
		for (int i = 0; i < 200; i++) {
			GotWork busy = works[i % 2];
			GotWork idle = works[1 - i % 2];
			idle.idle();
			busy.idle();
			busy.resume();
			long start = System.nanoTime();
			put();
			Got next = take();
			slow += (System.nanoTime() - start > EventLoopGetTask.LOOK_INTERVAL.toNanos() / 2) ? 1 : 0;
			taken += (next.service() == inHand[1 - i % 2].service()) ? 0 : 1;
			next.work().close();
			idle.resume();
		}
		assertThat(slow).as("works that nobody was woken for").isLessThan(10);
		// One that looks just now has the permit until it has looked
		assertThat(taken).as("works that the busy one has taken").isLessThan(10);
		this.got.addAll(List.of(inHand));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 4 })
	void shouldSpreadThoseThatComeAtOnce(int eventLoops) throws Exception {
		newService(1000, eventLoops);
		newService(1000, eventLoops);
		List<Integer> most = new ArrayList<>();
		for (int burst = 0; burst < 60; burst++) {
			int[] counts = new int[2];
			for (int i = 0; i < 16; i++) {
				put();
			}
			for (int i = 0; i < 16; i++) {
				Got next = take();
				counts[next.service()]++;
				next.work().close();
			}
			most.add(Math.max(counts[0], counts[1]));
		}
		Collections.sort(most);
		assertThat(most.get(30)).as("of 16, the median of " + most).isLessThanOrEqualTo(12);
	}

	@Test
	void shouldBeFullWhileAllEventLoopsAreBlocked() throws Exception {
		CountDownLatch blocked = new CountDownLatch(2);
		CountDownLatch end = new CountDownLatch(1);
		this.sink = (work) -> {
			blocked.countDown();
			end.await();
		};
		QueueService service = newService(100, 2);
		put();
		put();
		assertThat(blocked.await(10, TimeUnit.SECONDS)).isTrue();
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(service::serving, (serving) -> serving == 100);
		end.countDown();
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(service::serving, (serving) -> serving == 2);
	}

	@Test
	void shouldWantIdleConnectionsToGoWhileOthersServeInItsPlace() throws Exception {
		QueueService service = newService(1, MAX_CONNECTIONS, 0);
		Gate gate = this.gates.get(0);
		assertThat(gate.close(true)).isTrue();
		assertThat(service.isRoomWanted()).isTrue();
		assertThat(service.isAtLimit()).isTrue();
		assertThat(gate.close(false)).as("quiesced, as all others").isFalse();
		assertThat(service.isRoomWanted()).isFalse();
		assertThat(gate.close(true)).isFalse();
		assertThat(service.isRoomWanted()).isTrue();
		open(0);
		assertThat(service.isRoomWanted()).isFalse();
		assertThat(service.isAtLimit()).isFalse();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void shouldGetNoMoreThanThereArePlacesThoughPermitsAreFree(int eventLoops) throws Exception {
		QueueService service = newService(1, MAX_CONNECTIONS, eventLoops);
		List<Got> inHand = new ArrayList<>();
		for (int i = 0; i < MAX_CONNECTIONS; i++) {
			put();
			inHand.add(take());
			GotWork.of(inHand.get(i).work()).idle();
		}
		assertThat(service.serving()).isZero();
		assertThat(service.isRoomWanted()).isFalse();
		put();
		assertThat(this.got.poll(300, TimeUnit.MILLISECONDS)).as("without a place").isNull();
		assertThat(service.isRoomWanted()).isTrue();
		inHand.get(0).work().close();
		inHand.set(0, take());
		assertThat(service.isRoomWanted()).isFalse();
		this.got.addAll(inHand);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void shouldShareWorksThatStayInHand(int eventLoops) throws Exception {
		newService(10, eventLoops);
		newService(10, eventLoops);
		int[] counts = new int[2];
		List<Got> inHand = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			put();
			Got next = take();
			counts[next.service()]++;
			inHand.add(next);
		}
		assertThat(counts).containsExactly(10, 10);
		put();
		assertThat(this.got.poll(300, TimeUnit.MILLISECONDS)).as("without a permit").isNull();
		this.services.get(1).resize(0);
		inHand.get(0).work().close();
		Got last = take();
		assertThat(last.service()).isEqualTo(inHand.get(0).service());
		inHand.set(0, last);
		this.got.addAll(inHand);
	}

	/**
	 * While it serves its first work the others serve all else.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void shouldLeaveWorksToOthersInSlowStart(int eventLoops) throws Exception {
		newService(100, eventLoops);
		put();
		take().work().close();
		this.slowStart = 100;
		newService(100, eventLoops);
		Got first = putUntilGotBy(1);
		assertOthersGet(20, first);
		Got second = putUntilGotBy(1);
		Got third = putUntilGotBy(1);
		assertOthersGet(20, second, third);
	}

	private void assertOthersGet(int works, Got... inHand) throws Exception {
		List<Got> all = new ArrayList<>(List.of(inHand));
		for (int i = 0; i < works; i++) {
			put();
			all.add(take());
		}
		all.forEach((one) -> one.work().close());
		// On a busy machine one that waits may end the slow start
		assumeThat(all).allMatch((one) -> one.work().gotNanos() - one.work().putNanos() < Permits.WAITED_NANOS);
		assertThat(all.subList(inHand.length, all.size())).allMatch((one) -> one.service() == 0);
	}

	private Got putUntilGotBy(int service) throws Exception {
		for (int i = 0; i < 1000; i++) {
			put();
			Got next = take();
			if (next.service() == service) {
				return next;
			}
			next.work().close();
		}
		throw new AssertionError("Service " + service + " gets nothing");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 2 })
	void shouldNotStartSlowlyAlone(int eventLoops) throws Exception {
		this.slowStart = 100;
		newService(100, eventLoops);
		List<Got> inHand = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			put();
			inHand.add(take());
		}
		this.got.addAll(inHand);
	}

	/**
	 * Its first work may have no end, and the others may have gone.
	 */
	@ParameterizedTest
	@ValueSource(ints = { 0, 2 })
	void shouldEndSlowStartWhenWorksWait(int eventLoops) throws Exception {
		QueueService other = newService(100, eventLoops);
		put();
		take().work().close();
		this.slowStart = 100;
		newService(100, eventLoops);
		List<Got> inHand = new ArrayList<>();
		inHand.add(putUntilGotBy(1));
		other.stop();
		other.awaitStopped(System.nanoTime() + TimeUnit.SECONDS.toNanos(10));
		for (int i = 0; i < 5; i++) {
			put();
		}
		for (int i = 0; i < 5; i++) {
			inHand.add(take());
		}
		assertThat(inHand).allMatch((one) -> one.service() == 1);
		this.got.addAll(inHand);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void shouldGetNothingWhileQuiesced(int eventLoops) throws Exception {
		newService(10, eventLoops);
		assertThat(close(0)).isTrue();
		put();
		assertThat(this.got.poll(300, TimeUnit.MILLISECONDS)).isNull();
		open(0);
		take().work().close();
		newService(10, eventLoops);
		assertThat(close(0)).isTrue();
		for (int i = 0; i < 10; i++) {
			put();
			Got next = take();
			assertThat(next.service()).isEqualTo(1);
			next.work().close();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void shouldServeOldQueueBeforeNewOne(int eventLoops) throws Exception {
		QueueService service = newService(1, eventLoops);
		put();
		Got first = take();
		put();
		try (KernelQueue next = KernelQueue.create("q", 64)) {
			getFrom(service, next);
			next.put(WorkRequest.with(this.pipe.source().duplicate()).parameter("queue", "next").build(), 0);
			first.work().close();
			Got second = take();
			assertThat(second.work().parameters()).isEmpty();
			second.work().close();
			Got third = take();
			assertThat(third.work().parameters()).containsEntry("queue", "next");
			third.work().close();
		}
	}

	@Test
	void shouldStopAtOnceWhenItsThreadsWaitForPermit() throws Exception {
		QueueService service = newService(2, 0, FOR_EVER);
		put();
		Got inHand = take();
		service.resize(1);
		service.stop();
		service.awaitStopped(System.nanoTime() + FOR_EVER.toNanos());
		assertThat(inHand.work().outcome()).isNull();
		inHand.work().close();
		put();
		assertThat(this.got).isEmpty();
	}

	@Test
	void shouldStopAtOnceWhenItsThreadsWaitForTheirTurn() throws Exception {
		QueueService service = newService(1, 0, FOR_EVER);
		put();
		Got inHand = take();
		put();
		try (KernelQueue next = KernelQueue.create("q", 64)) {
			getFrom(service, next);
			Awaitility.await().until(() -> getters() == 4);
			service.stop();
			Awaitility.await().until(() -> getters() == 2);
			inHand.work().close();
			// What the old daemon left is served
			take().work().close();
			service.awaitStopped(System.nanoTime() + FOR_EVER.toNanos());
		}
	}

	private static long getters() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith("fdwork-get-q-"))
			.count();
	}

	@Test
	void shouldStopAtOnceWhenItsThreadsWaitForWorks() throws Exception {
		QueueService service = newService(2, 0, FOR_EVER);
		put();
		take().work().close();
		service.stop();
		service.awaitStopped(System.nanoTime() + FOR_EVER.toNanos());
		put();
		assertThat(this.got).isEmpty();
	}

	@Test
	void shouldStopAtOnceWhenItsThreadsWaitForDescriptors() throws Exception {
		AtomicLong free = new AtomicLong();
		WorkerCounters counters = new WorkerCounters();
		QueueService service = newService(2, 0, FOR_EVER, new DescriptorReserve(1, counters, free::get, free::get));
		put();
		service.stop();
		service.awaitStopped(System.nanoTime() + FOR_EVER.toNanos());
		assertThat(this.got).isEmpty();
	}

	@Test
	void shouldQuiesceAndGoOnAtOnce() throws Exception {
		newService(2, 0, FOR_EVER);
		for (int i = 0; i < 20; i++) {
			assertThat(close(0)).isTrue();
			put();
			assertThat(this.got).isEmpty();
			open(0);
			take().work().close();
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1 })
	void shouldStopAtOnceAndGetNothingWhenGateIsClosed(int eventLoops) throws Exception {
		QueueService service = newService(2, eventLoops, FOR_EVER);
		assertThat(close(0)).isTrue();
		put();
		try (KernelQueue next = KernelQueue.create("q", 64)) {
			getFrom(service, next);
			service.stopAll();
			service.awaitStopped(System.nanoTime() + FOR_EVER.toNanos());
			assertThat(this.got).as("of the old queue neither").isEmpty();
		}
	}

	@Test
	void shouldLeaveOldQueueAtOnce() throws Exception {
		QueueService service = newService(2, 0, FOR_EVER);
		put();
		take().work().close();
		for (int i = 0; i < 20; i++) {
			KernelQueue old = this.queue;
			this.queue = KernelQueue.create("q", 64);
			getFrom(service, this.queue);
			put();
			take().work().close();
			old.close();
		}
		service.stopWhenEmpty();
		service.awaitStopped(System.nanoTime() + FOR_EVER.toNanos());
	}

	private QueueService newService(int concurrency, int eventLoops) throws IOException {
		return newService(concurrency, eventLoops, KernelQueue.GET_TIMEOUT);
	}

	private QueueService newService(int concurrency, int eventLoops, Duration patience) throws IOException {
		return newService(concurrency, eventLoops, patience,
				new DescriptorReserve(1, new WorkerCounters(), () -> 1000, () -> 1000));
	}

	private QueueService newService(int concurrency, int eventLoops, Duration patience, DescriptorReserve reserve)
			throws IOException {
		return newService(concurrency, 1000, eventLoops, patience, reserve);
	}

	private QueueService newService(int concurrency, int maxConnections, int eventLoops) throws IOException {
		return newService(concurrency, maxConnections, eventLoops, KernelQueue.GET_TIMEOUT,
				new DescriptorReserve(1, new WorkerCounters(), () -> 1000, () -> 1000));
	}

	private QueueService newService(int concurrency, int maxConnections, int eventLoops, Duration patience,
			DescriptorReserve reserve) throws IOException {
		int number = this.services.size();
		WorkerCounters counters = new WorkerCounters();
		List<IoEventLoop> loops = new ArrayList<>();
		if (eventLoops > 0) {
			MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(eventLoops,
					EpollIoHandler.newFactory());
			this.loops.add(group);
			group.forEach((loop) -> loops.add((IoEventLoop) loop));
		}
		Consumer<Work> sink = (work) -> {
			this.got.add(new Got(number, work.takeOver()));
			try {
				this.sink.accept(work);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		};
		Gate gate = new Gate();
		WorkerOptions options = new WorkerOptions(Path.of("/run/fdwork"), concurrency);
		options.setMaxConnections(maxConnections);
		options.setSlowStart(this.slowStart);
		QueueService service = new QueueService("q", options, 2, patience, gate, () -> loops, reserve, sink, counters);
		this.services.add(service);
		this.gates.add(gate);
		getFrom(service, this.queue);
		return service;
	}

	private static void getFrom(QueueService service, KernelQueue queue) throws IOException {
		try (QueueReader reader = QueueReader.open("q", queue.instance(), queue.duplicateForWorker())) {
			service.getFrom(reader);
		}
	}

	private boolean close(int service) throws InterruptedException {
		this.gates.get(service).close(Gate.Keeper.DAEMON);
		this.services.get(service).wake();
		return this.gates.get(service).awaitQuiet(FOR_EVER);
	}

	private void open(int service) {
		this.gates.get(service).open(Gate.Keeper.DAEMON);
		this.services.get(service).wake();
	}

	private void put() throws IOException {
		this.queue.put(WorkRequest.with(this.pipe.source().duplicate()).build(), 0);
	}

	private Got take() throws InterruptedException {
		Got next = this.got.poll(10, TimeUnit.SECONDS);
		assertThat(next).as("a work").isNotNull();
		return next;
	}

	private record Got(int service, Work work) {
	}

	/**
	 * Serves works, and may block.
	 */
	private interface Blocking {

		void accept(Work work) throws InterruptedException;

	}

}
