package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.LineWatch;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.netty.channel.IoEventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EventLoopGetTask}, on an event loop that is run step by step.
 */
@Timeout(60)
class EventLoopGetTaskTests {

	private final Permits permits = new Permits(100, 1000);

	private final Gate gate = new Gate();

	private final WorkerCounters counters = new WorkerCounters();

	private final AtomicLong free = new AtomicLong(1000);

	private final DescriptorReserve reserve = new DescriptorReserve(128, this.counters, this.free::get, this.free::get);

	private final Turn turn = Turn.first();

	private final List<Work> works = new ArrayList<>();

	private Consumer<Work> sink = this.works::add;

	private final ManualIoEventLoop loop = new ManualIoEventLoop(Thread.currentThread(), EpollIoHandler.newFactory());

	private KernelQueue queue;

	private QueueReader reader;

	private EventLoopGetTask task;

	private Descriptor.Pipe pipe;

	@BeforeEach
	void open() throws IOException {
		this.pipe = Descriptor.pipe();
		this.queue = KernelQueue.create("q", 64);
		this.reader = QueueReader.open("q", 1, this.queue.duplicateForWorker());
		this.task = newTask(this.turn, this.loop);
		this.permits.onRelease(this.task::permitReleased);
		this.task.start();
	}

	private EventLoopGetTask newTask(Turn turn, IoEventLoop loop) throws IOException {
		this.permits.onExhausted(() -> this.task.permitsExhausted());
		return new EventLoopGetTask(
				new GetLoop(this.reader.newGetter(), turn, this.permits, this.gate, this.reserve,
						(work) -> this.sink.accept(work), this.counters, Duration.ZERO, new Company(1)),
				loop, EventLoopGetTask.LOOK_INTERVAL);
	}

	@AfterEach
	void close() {
		this.works.forEach(Work::close);
		this.task.gets().stop();
		this.task.wake();
		while (!this.loop.isTerminated()) {
			this.loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
			this.loop.runNow();
		}
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(this.task::isOver);
		this.reader.close();
		this.queue.close();
		this.pipe.close();
	}

	@Test
	void shouldServeOnEventLoop() throws Exception {
		put(3);
		this.sink = (work) -> {
			assertThat(this.loop.inEventLoop()).isTrue();
			this.works.add(work);
		};
		runLoop();
		assertThat(this.works).hasSize(3).allMatch((work) -> work.outcome() == WorkOutcome.SERVED);
		put(2);
		runLoop();
		assertThat(this.works).hasSize(5);
		assertThat(this.permits.used()).isZero();
	}

	@Test
	void shouldGiveOthersTheirTurnBetweenWorks() throws Exception {
		this.sink = (work) -> {
			this.works.add(work);
			if (this.works.size() == 1) {
				this.loop.execute(() -> assertThat(this.works).hasSizeLessThan(40));
			}
		};
		put(40);
		runLoop();
		assertThat(this.works).hasSize(40);
	}

	/**
	 * What else has happened may block the event loop.
	 */
	@Test
	void shouldGetAfterWhatHasHappenedAtTheSameTime() throws Exception {
		runLoop();
		List<String> order = new ArrayList<>();
		this.sink = (work) -> {
			this.works.add(work);
			order.add("get");
		};
		try (KernelQueue other = KernelQueue.create("other", 16);
				QueueReader otherReader = QueueReader.open("other", 1, other.duplicateForWorker());
				Getter getter = otherReader.newGetter()) {
			LineWatch watch = getter.watch(this.loop, () -> order.add("other"));
			watch.start();
			put(1);
			other.put(WorkRequest.with(this.pipe.source().duplicate()).queue("other").build(), 0);
			this.loop.runNow();
			watch.stop();
		}
		runLoop();
		assertThat(order).containsExactly("other", "get");
	}

	@Test
	void shouldTakeOneAtATimeWhileWorksStayInHand() throws Exception {
		List<Integer> inHand = new ArrayList<>();
		this.sink = (work) -> {
			this.works.add(work.takeOver());
			this.loop.execute(() -> inHand.add(this.works.size()));
		};
		put(5);
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
		// Between them it lets others go first
		while (inHand.size() < 5 && System.nanoTime() - deadline < 0) {
			runLoop();
		}
		assertThat(this.works).hasSize(5).allMatch((work) -> work.outcome() == null);
		assertThat(inHand).containsExactly(1, 2, 3, 4, 5);
		assertThat(this.permits.used()).isEqualTo(5);
	}

	@Test
	void shouldGetNothingWithoutPermitAndGoOnWhenAnotherThreadEndsWork() throws Exception {
		this.permits.resize(2);
		this.sink = (work) -> this.works.add(work.takeOver());
		put(4);
		runLoop();
		assertThat(this.works).hasSize(2);
		assertThat(this.queue.snapshot().depth()).isEqualTo(2);
		for (int ended = 0; ended < 2; ended++) {
			Thread other = new Thread(this.works.get(ended)::close);
			other.start();
			other.join();
			runLoop();
			assertThat(this.works).hasSize(3 + ended);
		}
		assertThat(this.permits.used()).isEqualTo(2);
	}

	@Test
	void shouldGetNothingWhileGateIsClosed() throws Exception {
		runLoop();
		this.gate.close(Gate.Keeper.DAEMON);
		assertThat(this.gate.awaitQuiet(Duration.ofSeconds(1))).isTrue();
		put(1);
		runLoop();
		assertThat(this.works).isEmpty();
		assertThat(this.permits.used()).isZero();
		this.gate.open(Gate.Keeper.DAEMON);
		this.task.wake();
		runLoop();
		assertThat(this.works).hasSize(1);
	}

	@Test
	void shouldLookAgainBySelfWhenDescriptorsWereScarce() throws Exception {
		this.free.set(0);
		put(1);
		runLoop();
		assertThat(this.works).isEmpty();
		this.free.set(1000);
		Awaitility.await().atMost(Duration.ofSeconds(10)).pollInSameThread().until(() -> {
			runLoop();
			return this.works.size();
		}, (count) -> count == 1);
	}

	@Test
	void shouldAwaitItsTurn() throws Exception {
		Turn next = this.turn.next();
		EventLoopGetTask second = newTask(next, this.loop);
		this.task.gets().stop();
		put(1);
		second.start();
		this.loop.runNow();
		this.task.wake();
		runLoop();
		assertThat(this.task.isOver()).isTrue();
		second.wake();
		runLoop();
		assertThat(this.works).hasSize(1);
		second.gets().stop();
		second.wake();
		runLoop();
		assertThat(second.isOver()).isTrue();
	}

	@Test
	void shouldEndAndLetGoOfQueueWhenStopped() throws Exception {
		long open = Descriptor.open();
		put(1);
		this.task.gets().stop();
		this.task.wake();
		runLoop();
		assertThat(this.task.isOver()).isTrue();
		assertThat(this.works).isEmpty();
		assertThat(Descriptor.open()).isEqualTo(open - 1);
		this.task.join(System.nanoTime());
		this.task.wake();
		runLoop();
	}

	@Test
	void shouldServeWhatIsLeftWhenToldToEndWhenEmpty() throws Exception {
		runLoop();
		put(20);
		this.task.gets().endWhenEmpty();
		this.task.wake();
		runLoop();
		assertThat(this.works).hasSize(20);
		assertThat(this.task.isOver()).isTrue();
	}

	@Test
	void shouldEndWhenEventLoopEnds() throws Exception {
		long open = Descriptor.open();
		runLoop();
		this.loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
		while (!this.loop.isTerminated()) {
			this.loop.runNow();
		}
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(this.task::isOver);
		assertThat(Descriptor.open()).isEqualTo(open - 1);
		this.task.wake();
	}

	@Test
	void shouldEndWhenEventLoopHasEndedBefore() throws Exception {
		ManualIoEventLoop ended = new ManualIoEventLoop(Thread.currentThread(), EpollIoHandler.newFactory());
		ended.shutdownGracefully(0, 0, TimeUnit.SECONDS);
		while (!ended.isTerminated()) {
			ended.runNow();
		}
		EventLoopGetTask late = newTask(this.turn, ended);
		late.start();
		assertThat(late.isOver()).isTrue();
	}

	/**
	 * Run until there is nothing to do.
	 */
	private void runLoop() {
		int idle = 0;
		for (int i = 0; idle < 3; i++) {
			assertThat(i).as("turns of an event loop that finds no rest").isLessThan(10_000);
			boolean lettingOthersGoFirst = this.task.gets().courtesy().leftNanos() > 0;
			long run = this.loop.runNow() + this.loop.run(TimeUnit.MILLISECONDS.toNanos(1));
			idle = (run == 0 && !lettingOthersGoFirst) ? idle + 1 : 0;
		}
	}

	private void put(int times) throws IOException {
		for (int i = 0; i < times; i++) {
			this.queue.put(WorkRequest.with(this.pipe.source().duplicate()).build(), 0);
		}
	}

}
