package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.WorkFrame;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link GetLoop}, step by step.
 */
@Timeout(60)
class GetLoopTests {

	private static final Duration PATIENCE = Duration.ofMillis(20);

	private Permits permits = new Permits(1, 100);

	private final Gate gate = new Gate();

	private final WorkerCounters counters = new WorkerCounters();

	private final AtomicLong free = new AtomicLong(1000);

	private final DescriptorReserve reserve = new DescriptorReserve(128, this.counters, this.free::get, this.free::get);

	private final List<Work> works = new ArrayList<>();

	private Consumer<Work> sink = this.works::add;

	private KernelQueue queue;

	private QueueReader reader;

	private GetLoop loop;

	private final Turn turn = Turn.first();

	private Descriptor.Pipe pipe;

	@BeforeEach
	void open() throws IOException {
		this.pipe = Descriptor.pipe();
		this.queue = KernelQueue.create("q", 16);
		this.reader = QueueReader.open("q", 1, this.queue.duplicateForWorker());
		this.loop = newLoop();
	}

	private GetLoop newLoop() throws IOException {
		return new GetLoop(this.reader.newGetter(), this.turn, this.permits, this.gate, this.reserve,
				(work) -> this.sink.accept(work), this.counters, PATIENCE, new Company(1));
	}

	@AfterEach
	void close() {
		this.works.forEach(Work::close);
		this.loop.stop();
		this.loop.run();
		this.reader.close();
		this.queue.close();
		this.pipe.close();
	}

	@Test
	void shouldServeWorkAndTakePermitForNext() throws Exception {
		put(2);
		this.sink = (work) -> {
			this.works.add(work);
			assertThat(this.permits.used()).isEqualTo(1);
			assertThat(this.counters.inHand()).containsExactly(work);
		};
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(1);
		assertThat(this.works.get(0).outcome()).isEqualTo(WorkOutcome.SERVED);
		assertThat(this.permits.used()).isZero();
		assertThat(this.counters.inHand()).isEmpty();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(2);
		assertEnded(WorkOutcome.SERVED, 2);
	}

	@Test
	void shouldGetNothingWithoutPermit() throws Exception {
		put(1);
		this.permits.acquireAnyway();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).isEmpty();
		assertThat(this.queue.snapshot().depth()).isEqualTo(1);
		this.permits.release();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(1);
	}

	@Test
	void shouldGiveBackPermitWhenQueueIsEmpty() throws Exception {
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.permits.used()).isZero();
	}

	@Test
	void shouldNotLeaveOldQueueWhileGateIsClosed() throws Exception {
		put(1);
		this.gate.close(Gate.Keeper.DAEMON);
		this.loop.endWhenEmpty();
		assertThat(this.loop.step()).as("it could not look").isNotEqualTo(GetLoop.Step.OVER);
		this.gate.open(Gate.Keeper.DAEMON);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(1);
		assertThat(this.loop.step()).isEqualTo(GetLoop.Step.OVER);
	}

	@Test
	void shouldWaitForItsTurn() throws Exception {
		put(1);
		try (Getter getter = this.reader.newGetter()) {
			GetLoop next = new GetLoop(getter, this.turn.next(), this.permits, this.gate, this.reserve,
					(work) -> this.sink.accept(work), this.counters, PATIENCE, new Company(1));
			assertThat(next.step()).isNotEqualTo(GetLoop.Step.OVER);
			assertThat(this.works).isEmpty();
			assertThat(this.permits.used()).isZero();
			this.loop.endWhenEmpty();
			assertThat(next.step()).isNotEqualTo(GetLoop.Step.OVER);
			assertThat(this.works).isEmpty();
			this.loop.run();
			assertThat(this.works).hasSize(1);
			put(1);
			assertThat(next.step()).isNotEqualTo(GetLoop.Step.OVER);
			assertThat(this.works).hasSize(2);
		}
	}

	@Test
	void shouldNotWaitForQueueWhoseFiguresSayThatItIsEmpty() throws Exception {
		try (Getter getter = this.reader.newGetter()) {
			GetLoop next = new GetLoop(getter, this.turn.next(), this.permits, this.gate, this.reserve,
					(work) -> this.sink.accept(work), this.counters, PATIENCE, new Company(1));
			this.loop.endWhenEmpty();
			put(1);
			assertThat(next.step()).isNotEqualTo(GetLoop.Step.OVER);
			assertThat(this.works).hasSize(1);
			assertThat(this.loop.step()).as("it has looked").isEqualTo(GetLoop.Step.OVER);
		}
	}

	@Test
	void shouldHoldPermitWhileWorkIsTakenOver() throws Exception {
		put(2);
		this.sink = (work) -> this.works.add(work.takeOver());
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.permits.used()).isEqualTo(1);
		assertThat(this.works.get(0).outcome()).isNull();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).as("the next one waits").hasSize(1);
		this.works.get(0).close();
		assertThat(this.permits.used()).isZero();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(2);
	}

	@Test
	void shouldGiveBackPermitOnceWhenWorkIsEndedAgain() throws Exception {
		put(1);
		this.sink = (work) -> {
			this.works.add(work);
			work.close();
			work.fail();
			work.close();
		};
		this.loop.step();
		this.works.get(0).fail();
		assertThat(this.permits.used()).isZero();
		assertEnded(WorkOutcome.SERVED, 1);
		assertEnded(WorkOutcome.FAILED, 0);
	}

	@Test
	void shouldFailWorkWhenSinkThrows() throws Exception {
		put(3);
		for (Throwable thrown : List.of(new IllegalStateException("expected"), new AssertionError("expected"))) {
			this.sink = (work) -> {
				this.works.add(work);
				GetLoopTests.<RuntimeException>sneak(thrown);
			};
			assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		}
		this.sink = (work) -> {
			this.works.add(work.takeOver());
			throw new IllegalStateException("expected, after it was taken over");
		};
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(3)
			.allMatch((work) -> work.outcome() == WorkOutcome.FAILED)
			.noneMatch((work) -> work.descriptors().get(0).isOpen());
		assertThat(this.permits.used()).isZero();
		assertEnded(WorkOutcome.FAILED, 3);
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> void sneak(Throwable thrown) throws T {
		throw (T) thrown;
	}

	@Test
	void shouldGoOnWhenHandlerLeavesItsThreadInterrupted() throws Exception {
		put(3);
		this.sink = (work) -> {
			assertThat(Thread.currentThread().isInterrupted()).isFalse();
			this.works.add(work);
			Thread.currentThread().interrupt();
		};
		for (int i = 1; i <= 3; i++) {
			assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
			assertThat(this.works).hasSize(i);
		}
		Thread.interrupted();
	}

	@Test
	void shouldGoOnWhenInterruptedWhileItWaits() throws Exception {
		Thread thread = new Thread(this.loop, "test-get");
		thread.start();
		for (int i = 0; i < 3; i++) {
			Awaitility.await()
				.atMost(Duration.ofSeconds(5))
				.until(() -> thread.getStackTrace().length > 0 && thread.getStackTrace()[0].isNativeMethod());
			thread.interrupt();
		}
		this.permits.acquireAnyway();
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> thread.getState() == Thread.State.TIMED_WAITING);
		thread.interrupt();
		this.permits.release();
		put(1);
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> this.counters.works().got(), (got) -> got == 1);
		this.loop.stop();
		this.loop.wake();
		thread.join(5000);
		assertThat(thread.isAlive()).isFalse();
	}

	@Test
	void shouldEndWhenStopped() throws Exception {
		put(1);
		this.loop.stop();
		assertThat(this.loop.step()).isEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).isEmpty();
		assertThat(this.permits.used()).isZero();
		assertThat(this.queue.snapshot().depth()).isEqualTo(1);
	}

	@Test
	void shouldStayStoppedWhenToldToEndWhenEmpty() throws Exception {
		put(1);
		this.loop.stop();
		this.loop.endWhenEmpty();
		assertThat(this.loop.step()).isEqualTo(GetLoop.Step.OVER);
	}

	@Test
	void shouldServeWhatIsLeftWhenToldToEndWhenEmpty() throws Exception {
		put(2);
		this.loop.endWhenEmpty();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.loop.step()).isEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(2);
	}

	@Test
	void shouldNotEndWithoutLookingWhenThereIsNoPermit() throws Exception {
		put(1);
		this.loop.endWhenEmpty();
		this.permits.acquireAnyway();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		this.permits.release();
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(1);
	}

	@Test
	void shouldServeWhatIsBehindRejectedFrameWhenToldToEndWhenEmpty() throws Exception {
		try (MessagePair pair = MessagePair.open();
				QueueReader reader = QueueReader.open("q", 2, pair.receivingEnd().duplicate())) {
			GetLoop loop = new GetLoop(reader.newGetter(), this.turn, this.permits, this.gate, this.reserve,
					this.works::add, this.counters, Duration.ofMillis(100), new Company(1));
			ByteBuffer frame = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH);
			WorkFrame.encode(WorkRequest.with(this.pipe.source()).build(), Set.of(), 1, 1, frame);
			pair.sendingEnd().send(ByteBuffer.allocateDirect(10), List.of(this.pipe.source()));
			pair.sendingEnd().send(frame, List.of(this.pipe.source()));
			loop.endWhenEmpty();
			assertThat(loop.step()).isNotEqualTo(GetLoop.Step.OVER);
			assertThat(this.works).isEmpty();
			assertThat(this.counters.works().rejected()).containsEntry(FrameDefect.TRUNCATED, 1L);
			assertThat(this.permits.used()).isZero();
			assertThat(loop.step()).isNotEqualTo(GetLoop.Step.OVER);
			assertThat(this.works).hasSize(1);
			assertThat(loop.step()).isEqualTo(GetLoop.Step.OVER);
			loop.stop();
			loop.run();
		}
	}

	@Test
	void shouldGetNothingWhileDescriptorsAreScarce() throws Exception {
		put(2);
		this.free.set(127);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).isEmpty();
		assertThat(this.queue.snapshot().depth()).isEqualTo(2);
		assertThat(this.permits.used()).isZero();
		assertThat(this.counters.descriptors().paused()).isTrue();
		assertThat(this.counters.descriptors().pauses()).as("not each attempt").isEqualTo(1);
		this.free.set(128);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(1);
		assertThat(this.counters.descriptors().paused()).isFalse();
		this.free.set(0);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.counters.descriptors().pauses()).isEqualTo(2);
	}

	@Test
	void shouldNotEndBeforeQueueIsEmptyWhenDescriptorsAreScarceOrGateIsClosed() throws Exception {
		put(1);
		this.loop.endWhenEmpty();
		this.free.set(0);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		this.free.set(1000);
		this.gate.close(Gate.Keeper.DAEMON);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		this.gate.open(Gate.Keeper.DAEMON);
		assertThat(this.loop.step()).isNotEqualTo(GetLoop.Step.OVER);
		assertThat(this.works).hasSize(1);
		assertThat(this.loop.step()).isEqualTo(GetLoop.Step.OVER);
	}

	@Test
	void shouldCloseItsGetterWhenItEnds() throws Exception {
		long open = Descriptor.open();
		GetLoop second = newLoop();
		assertThat(Descriptor.open()).isEqualTo(open + 1);
		second.stop();
		second.run();
		assertThat(Descriptor.open()).isEqualTo(open);
	}

	@Test
	void shouldServeAsManyAsThereArePermitsWhenSeveralLoopsShareThem() throws Exception {
		put(8);
		this.permits = new Permits(2, 100);
		List<Thread> threads = new ArrayList<>();
		List<GetLoop> loops = new ArrayList<>();
		this.sink = (work) -> {
			synchronized (this.works) {
				this.works.add(work.takeOver());
			}
		};
		for (int i = 0; i < 4; i++) {
			loops.add(newLoop());
			threads.add(new Thread(loops.get(i), "test-get-" + i));
		}
		threads.forEach(Thread::start);
		for (int served = 2; served <= 8; served += 2) {
			int expected = served;
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(this::worksSoFar, (count) -> count == expected);
			assertThat(this.counters.inHand()).hasSize(2);
			assertThat(this.queue.snapshot().depth()).isEqualTo(8 - served);
			synchronized (this.works) {
				this.works.forEach(Work::close);
			}
		}
		loops.forEach(GetLoop::stop);
		loops.forEach(GetLoop::wake);
		for (Thread thread : threads) {
			thread.join(5000);
			assertThat(thread.isAlive()).isFalse();
		}
		assertThat(this.permits.used()).isZero();
	}

	private int worksSoFar() {
		synchronized (this.works) {
			return this.works.size();
		}
	}

	private void put(int times) throws IOException {
		for (int i = 0; i < times; i++) {
			this.queue.put(WorkRequest.with(this.pipe.source().duplicate()).build(), 0);
		}
	}

	private void assertEnded(WorkOutcome outcome, int count) {
		assertThat(this.counters.works().ended().get(outcome).count()).isEqualTo(count);
	}

}
