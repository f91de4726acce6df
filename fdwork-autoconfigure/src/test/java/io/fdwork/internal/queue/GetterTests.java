package io.fdwork.internal.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkLimits;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.TestTable;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.FrameDefectException;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.WorkFrame;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Getter} with forged frames.
 */
@Timeout(60)
class GetterTests {

	private static final int BATCH = 32;

	private final AtomicInteger desisted = new AtomicInteger();

	private final List<WorkOutcome> outcomes = new ArrayList<>();

	private MessagePair pair;

	private QueueReader reader;

	private Getter getter;

	private Descriptor.Pipe pipe;

	@BeforeEach
	void open() throws IOException {
		this.pair = MessagePair.open();
		this.reader = QueueReader.open("q", 1, this.pair.receivingEnd().duplicate());
		this.getter = this.reader.newGetter();
		this.pipe = Descriptor.pipe();
	}

	@AfterEach
	void close() {
		this.pipe.close();
		this.getter.close();
		this.reader.close();
		this.pair.close();
	}

	@Test
	void shouldGetProperFrame() throws Exception {
		send(frame(7), 1);
		try (Work work = this.getter.get((ended, outcome) -> this.outcomes.add(outcome))) {
			assertThat(work).isNotNull();
			assertThat(work.descriptors()).hasSize(1);
			assertThat(this.outcomes).isEmpty();
		}
		assertThat(this.outcomes).containsExactly(WorkOutcome.SERVED);
	}

	@Test
	void shouldRejectFrameWithoutDescriptor() throws Exception {
		assertRejected(FrameDefect.DESCRIPTORS, 0, (frame) -> {
		});
	}

	@Test
	void shouldRejectFrameThatSaysItHasNoDescriptor() throws Exception {
		assertRejected(FrameDefect.COUNT, 0, (frame) -> frame.putShort(6, (short) 0));
		assertRejected(FrameDefect.COUNT, 1, (frame) -> frame.putShort(6, (short) 0));
	}

	@Test
	void shouldRejectFrameWithSurplusDescriptors() throws Exception {
		assertRejected(FrameDefect.DESCRIPTORS, 2, (frame) -> {
		});
		assertRejected(FrameDefect.DESCRIPTORS, 60, (frame) -> {
		});
	}

	@Test
	void shouldRejectFrameWithMissingDescriptors() throws Exception {
		assertRejected(FrameDefect.DESCRIPTORS, 1, (frame) -> frame.putShort(6, (short) 3));
	}

	@Test
	void shouldRejectFrameWithMoreDescriptorsThanAllowed() throws Exception {
		int count = WorkLimits.MAX_DESCRIPTORS + 1;
		assertRejected(FrameDefect.COUNT, count, (frame) -> frame.putShort(6, (short) count));
	}

	@Test
	void shouldRejectFrameWithBadMagic() throws Exception {
		assertRejected(FrameDefect.MAGIC, 1, (frame) -> frame.put(0, (byte) 0));
	}

	@Test
	void shouldRejectFrameOfAnotherVersion() throws Exception {
		assertRejected(FrameDefect.VERSION, 1, (frame) -> frame.putShort(4, (short) 2));
	}

	@Test
	void shouldRejectFrameThatIsCutOrTooLong() throws Exception {
		assertRejected(FrameDefect.TRUNCATED, 1, (frame) -> frame.limit(39));
		assertRejected(FrameDefect.LENGTH, 1, (frame) -> frame.limit(frame.limit() - 1));
		assertRejected(FrameDefect.LENGTH, 1, (frame) -> frame.limit(WorkFrame.MAX_LENGTH + 1));
		assertRejected(FrameDefect.LENGTH, 1, (frame) -> {
			frame.limit(WorkFrame.MAX_LENGTH + 1);
			frame.putInt(8, WorkFrame.MAX_LENGTH + 1);
		});
		assertRejected(FrameDefect.LENGTH, 1, (frame) -> {
			frame.limit(2 * WorkFrame.MAX_LENGTH);
			frame.putInt(8, 2 * WorkFrame.MAX_LENGTH);
		});
	}

	@Test
	void shouldRejectFrameWithBadField() throws Exception {
		assertRejected(FrameDefect.FIELD, 1, (frame) -> {
			frame.limit(41);
			frame.putInt(8, 41);
		});
	}

	@Test
	void shouldSayThatDescriptorsDidNotFit() throws Exception {
		send(frame(1), 61);
		assertThatExceptionOfType(FrameDefectException.class).isThrownBy(this::get)
			.satisfies((ex) -> assertThat(ex.getDefect()).isEqualTo(FrameDefect.EXHAUSTED));
		send(frame(2), 1);
		get().close();
	}

	@Test
	void shouldBeEmptyWhenNothingWaits() throws Exception {
		assertThat(this.getter.isEmpty()).isTrue();
		send(frame(1), 1);
		assertThat(this.getter.isEmpty()).isFalse();
		get().close();
		assertThat(this.getter.isEmpty()).isTrue();
		send(frame(2), 1);
		this.getter.close();
		assertThat(this.getter.isEmpty()).as("once it is closed").isTrue();
	}

	@Test
	void shouldGetConnectionOnceThatIsInTheQueueTwice() throws Exception {
		try (TestTable table = new TestTable();
				QueueReader reader = QueueReader.open("q", 1, this.pair.receivingEnd().duplicate(), table.open(5));
				Getter getter = reader.newGetter(this.desisted::incrementAndGet)) {
			OpenFiles.assertNoneLeaked(10, () -> {
				this.desisted.set(0);
				Place place = table.put(3, 0, 0);
				Place next = table.put(4, 0, 0);
				send(frame(1, place), 1);
				send(frame(2, place), 1);
				send(frame(3, next), 1);
				send(frame(4, place), 1);
				try (GotWork work = getter.get(this::ended); GotWork other = getter.get(this::ended)) {
					assertThat(work).isNotNull();
					assertThat(work.place()).isEqualTo(place);
					assertThat(table.state(3)).isEqualTo(EntryState.GOT);
					assertThat(table.worker(3)).isEqualTo(5);
					assertThat(other).as("got without another wait").isNotNull();
					assertThat(other.place()).isEqualTo(next);
					assertThat(this.desisted).hasValue(1);
					assertThat(getter.get(this::ended)).isNull();
					assertThat(this.desisted).hasValue(2);
				}
				assertThat(this.pipe.source().isOpen()).isTrue();
				assertThat(table.state(3)).isEqualTo(EntryState.ENDED);
			});
		}
	}

	@Test
	void shouldGiveWhatItHasTakenToServeBackWhenAnotherOneHasClaimed() throws Exception {
		AtomicInteger permits = new AtomicInteger(2);
		try (TestTable table = new TestTable();
				QueueReader reader = QueueReader.open("q", 1, this.pair.receivingEnd().duplicate(), table.open(5));
				Getter getter = reader.newGetter()) {
			table.got(0, 0, 0);
			send(frame(1, new Place(table.open(1).id(), 0, 1)), 1);
			assertThat(getter.get(Duration.ZERO, this::ended, new CountedPermits(permits))).isNull();
			assertThat(permits).hasValue(2);
			assertThat(table.worker(0)).as("who has claimed it").isEqualTo(1);
		}
		assertThat(this.outcomes).isEmpty();
	}

	@Test
	void shouldGetWithoutClaimWhenTableIsOfAnotherDaemon() throws Exception {
		try (TestTable table = new TestTable();
				QueueReader reader = QueueReader.open("q", 1, this.pair.receivingEnd().duplicate(), table.open(5));
				Getter getter = reader.newGetter()) {
			Place place = table.put(0, 0, 0);
			send(frame(1, new Place(place.table() + 1, place.index(), place.nonce())), 1);
			try (GotWork work = getter.get(this::ended)) {
				assertThat(work).isNotNull();
				assertThat(work.entry()).isNull();
			}
			send(frame(2, new Place(place.table(), 1 << 20, place.nonce())), 1);
			try (GotWork work = getter.get(this::ended)) {
				assertThat(work).as("of no entry").isNotNull();
			}
			assertThat(table.state(0)).isEqualTo(EntryState.PUT);
		}
	}

	@Test
	void shouldGetEachConnectionOnceWhenWorkersRace() throws Exception {
		int puts = 20 * BATCH;
		ExecutorService executor = Executors.newFixedThreadPool(3);
		Queue<Long> got = new ConcurrentLinkedQueue<>();
		try (TestTable table = new TestTable()) {
			List<Future<?>> workers = new ArrayList<>();
			AtomicBoolean over = new AtomicBoolean();
			for (int i = 1; i <= 3; i++) {
				QueueReader reader = QueueReader.open("q", 1, this.pair.receivingEnd().duplicate(), table.open(i));
				workers.add(executor.submit(() -> {
					try (reader; Getter getter = reader.newGetter(this.desisted::incrementAndGet)) {
						boolean last = false;
						while (!last) {
							last = over.get();
							GotWork work = getter.get(Duration.ofMillis(10), (ended, outcome) -> {
							});
							if (work != null) {
								got.add(work.place().nonce());
								last = false;
								work.close();
							}
						}
					}
					return null;
				}));
			}
			for (int put = 1; put <= puts; put++) {
				Place place = table.put(put % BATCH, 0, 0);
				for (int copy = 0; copy < 3; copy++) {
					send(frame(put, place), 1);
				}
				if (put % BATCH == 0) {
					int so = put;
					Awaitility.await().pollDelay(Duration.ZERO).until(() -> got.size() == so);
				}
			}
			over.set(true);
			for (Future<?> worker : workers) {
				worker.get(10, TimeUnit.SECONDS);
			}
		}
		finally {
			executor.shutdownNow();
		}
		assertThat(got).hasSize(puts).doesNotHaveDuplicates();
		assertThat(this.desisted).hasValue(2 * puts);
	}

	private void ended(Work work, WorkOutcome outcome) {
		this.outcomes.add(outcome);
	}

	private void assertRejected(FrameDefect defect, int descriptors, Consumer<ByteBuffer> forger) {
		OpenFiles.assertNoneLeaked(10, () -> {
			ByteBuffer frame = frame(1);
			forger.accept(frame);
			send(frame, descriptors);
			assertThatExceptionOfType(FrameDefectException.class).isThrownBy(this::get)
				.satisfies((ex) -> assertThat(ex.getDefect()).as(ex.getMessage()).isEqualTo(defect));
		});
		assertThat(this.outcomes).isEmpty();
	}

	private Work get() throws Exception {
		Work work = this.getter.get((ended, outcome) -> this.outcomes.add(outcome));
		assertThat(work).as("a work").isNotNull();
		return work;
	}

	private void send(ByteBuffer frame, int descriptors) throws IOException {
		List<Descriptor> outbound = new ArrayList<>();
		for (int i = 0; i < descriptors; i++) {
			outbound.add(this.pipe.source());
		}
		assertThat(this.pair.sendingEnd().send(frame, outbound)).isTrue();
	}

	private ByteBuffer frame(long sequence) {
		return frame(sequence, null);
	}

	private ByteBuffer frame(long sequence, Place place) {
		ByteBuffer frame = ByteBuffer.allocateDirect(2 * WorkFrame.MAX_LENGTH);
		WorkFrame.encode(WorkRequest.with(this.pipe.source()).parameter("name", "value").build(), place, Set.of(),
				sequence, 1, frame);
		return frame.order(ByteOrder.LITTLE_ENDIAN);
	}

	/**
	 * Permits that are counted.
	 *
	 * @param free how many there are
	 */
	private record CountedPermits(AtomicInteger free) implements WorkPermits {

		@Override
		public boolean tryEnter() {
			return this.free.getAndDecrement() > 0;
		}

		@Override
		public boolean isOpen() {
			return this.free.get() > 0;
		}

		@Override
		public void entered() {
			// Was counted before
		}

		@Override
		public void leave() {
			this.free.incrementAndGet();
		}

		@Override
		public boolean tryAcquire() {
			throw new UnsupportedOperationException();
		}

		@Override
		public void acquireAnyway() {
			throw new UnsupportedOperationException();
		}

		@Override
		public void release() {
			// A place is enough here
		}

	}

}
