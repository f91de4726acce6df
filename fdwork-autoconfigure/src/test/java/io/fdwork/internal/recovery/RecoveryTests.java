package io.fdwork.internal.recovery;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

import io.fdwork.ConnectionHistory;
import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.Received;
import io.fdwork.descriptor.Receiver;
import io.fdwork.descriptor.ReceivingEnd;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.queue.WorkPermits;
import io.fdwork.internal.table.Journal;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.table.TableFile;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.Returned;
import io.fdwork.internal.wire.TableGrant;
import io.fdwork.internal.wire.WorkFrame;
import io.fdwork.internal.wire.WorkMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Recovery}.
 */
@Timeout(60)
class RecoveryTests {

	private static final int ENTRIES = 128;

	private static final int JOURNAL = 256;

	private static final String REQUEST = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

	@TempDir
	private Path directory;

	private final List<AutoCloseable> opened = new ArrayList<>();

	private final List<WorkRequest> resumed = new ArrayList<>();

	private final List<Returned> returned = new ArrayList<>();

	private final List<Descriptor> home = new ArrayList<>();

	private Consumer<Descriptor> onHome = (descriptor) -> {
	};

	private long now = System.nanoTime();

	private Connections connections;

	private KernelQueue queue;

	private Recovery recovery;

	@BeforeEach
	void open() throws IOException {
		this.connections = new Connections();
		this.queue = KernelQueue.create("q", 64);
		this.queue.use(Set.of(Feature.TABLE, Feature.CONNECTION_HISTORY, Feature.PREREAD));
		this.recovery = new Recovery(TableFile.create(this.directory, ENTRIES, JOURNAL), List.of(this.queue), false,
				this::takeBack, new ReplayRule(Set.of("GET"), JOURNAL));
		this.recovery.hold();
	}

	private void takeBack(String queue, Descriptor connection, Returned returned) {
		this.returned.add(returned);
		this.home.add(connection);
		this.recovery.cameHome(returned.place(), connection);
		this.onHome.accept(connection);
	}

	@AfterEach
	void close() throws Exception {
		for (AutoCloseable one : this.opened) {
			one.close();
		}
		this.home.forEach(Descriptor::close);
		this.recovery.close();
		this.queue.close();
		this.connections.close();
	}

	@Test
	void shouldHoldConnectionUntilItsEndIsMarked() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		assertThat(held()).isEqualTo(1);
		look();
		try (GotWork work = worker.get()) {
			look();
			assertThat(held()).isEqualTo(1);
		}
		assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		look();
		assertThat(held()).isZero();
	}

	@Test
	void shouldPutAgainWhatNobodyHasReadWhenItsWorkerDies() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = connect();
		WorkRequest request = connection.request().queue("q").parameter("a", "b").payload(new byte[] { 1 }).build();
		this.queue.put(request, 0);
		send(connection, "GET");
		GotWork work = worker.get();
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.PUT_AGAIN, 1L);
		assertThat(this.recovery.snapshot().deaths()).isEqualTo(Map.of(worker.process, Map.of(Fate.PUT_AGAIN, 1)));
		Worker next = new Worker();
		GotWork again = next.get();
		assertThat(again.id()).isEqualTo(request.id()).isEqualTo(work.id());
		assertThat(again.parameters()).containsEntry("a", "b");
		assertThat(again.payload()).containsExactly(1);
		assertThat(again.remoteAddress()).isEqualTo(connection.accepted().remote());
		assertThat(again.history()).isNull();
		assertThat(read(again, 3)).isEqualTo("GET");
		again.close();
		look();
		assertThat(held()).isZero();
		assertThat(work.entry().claim()).as("by who was dead").isFalse();
	}

	@Test
	void shouldPutAgainSilentConnectionThatWasNeverIdle() throws Exception {
		Worker worker = new Worker();
		put();
		worker.get();
		worker.die();
		look();
		assertThat(this.home).isEmpty();
		assertThat(new Worker().get()).isNotNull();
	}

	@Test
	void shouldTakeIdleConnectionHome() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		serve(connection, work);
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.HOME, 1L);
		assertThat(this.returned).singleElement().satisfies((one) -> {
			assertThat(one.requests()).isEqualTo(1);
			assertThat(one.idleTimeoutNanos()).isNull();
			assertThat(one.remote()).endsWith(":" + connection.client().getLocalPort());
		});
		assertThat(held()).isEqualTo(1);
		// With the next request
		send(connection, "GET");
		this.queue.put(WorkRequest.with(this.home.remove(0))
			.queue("q")
			.remoteAddress(connection.accepted().remote())
			.history(new ConnectionHistory(1, 1))
			.build(), 0);
		GotWork next = new Worker().get();
		assertThat(next.entry().index()).isEqualTo(work.entry().index());
		assertThat(next.entry().read()).isEqualTo(3);
		assertThat(next.entry().written()).isEqualTo(2);
	}

	@Test
	void shouldHoldIdleConnectionThatIsPutAgainBeforeWhoTookItHomeIsDone() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		serve(connection, worker.get());
		this.onHome = (descriptor) -> this.queue.put(resumption(connection, descriptor), 0);
		worker.die();
		look();
		assertThat(held()).isEqualTo(1);
		Worker second = new Worker();
		GotWork next = second.get();
		assertThat(next).isNotNull();
		serve(connection, next);
		this.onHome = (descriptor) -> {
		};
		second.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.HOME, 2L);
	}

	@Test
	void shouldGiveConnectionThatComesHomeWithoutPlaceOneForItsNextPut() throws Exception {
		Connections.Connection connection = connect();
		send(connection, "GET");
		assertThat(read(connection.descriptor(), 3)).isEqualTo("GET");
		Place place = this.recovery.arrive("q", connection.descriptor(), 7);
		assertThat(place).isNotNull();
		assertThat(this.recovery.knows(place)).isTrue();
		assertThat(this.recovery.knows(null)).isFalse();
		assertThat(this.recovery.arrive("other", connection.descriptor(), 7)).isNull();
		look();
		assertThat(held()).isEqualTo(1);
		this.queue.put(connection.request().queue("q").history(new ConnectionHistory(1, 1)).build(), 0);
		GotWork work = new Worker().get();
		assertThat(work.place().index()).isEqualTo(place.index());
		assertThat(work.entry().read()).isEqualTo(3);
		work.close();
		look();
		assertThat(held()).isZero();
	}

	@Test
	void shouldForgetConnectionThatHasComeHomeWithoutPlaceAndLeft() throws Exception {
		Connections.Connection connection = connect();
		assertThat(this.recovery.arrive("q", connection.descriptor(), 7)).isNotNull();
		connection.descriptor().close();
		look();
		assertThat(held()).isZero();
	}

	@Test
	void shouldPutAgainConnectionThatWasIdleAndHasSentTheNextRequest() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		serve(connection, work);
		serve(connection, work);
		send(connection, "MORE");
		worker.die();
		look();
		assertThat(this.home).isEmpty();
		GotWork again = new Worker().get();
		assertThat(again.entry().read()).isEqualTo(6);
		assertThat(again.entry().written()).isEqualTo(4);
		assertThat(read(again, 4)).isEqualTo("MORE");
	}

	@Test
	void shouldFindIdleConnectionWhenItsWorkerDiesRightAfterTheEndOfTheAnswer() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		send(connection, "GET");
		read(work, 3);
		work.entry().idle(3, 2);
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).as("before it").containsEntry(Fate.LOST, 1L);
		assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
	}

	@Test
	void shouldEndWhatWasReadOrWritten() throws Exception {
		for (String what : List.of("read", "read a part", "written", "read and written")) {
			Worker worker = new Worker();
			Connections.Connection connection = put();
			GotWork work = worker.get();
			send(connection, "GET");
			if (what.startsWith("read")) {
				read(work, (what.endsWith("part")) ? 1 : 3);
			}
			if (what.endsWith("written")) {
				write(work, "OK");
				assertThat(connection.client().getInputStream().readNBytes(2)).hasSize(2);
			}
			worker.die();
			look();
			assertThat(connection.client().getInputStream().read()).as(what).isEqualTo(-1);
			assertThat(held()).isZero();
		}
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.LOST, 4L).containsEntry(Fate.PUT_AGAIN, 0L);
	}

	@Test
	void shouldReplayWhatWasReadAndNotAnswered() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		serve(connection, work);
		readIntoJournal(connection, work, 3, 2, REQUEST);
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.REPLAYED, 1L);
		GotWork again = new Worker().get();
		assertThat(again.id()).isEqualTo(work.id());
		assertThat(again.entry().read()).isEqualTo(3);
		assertThat(again.entry().written()).isEqualTo(2);
		assertThat(again.hasPreread()).isTrue();
		assertThatIllegalStateException().isThrownBy(again::descriptors);
		assertThatIOException().isThrownBy(again::channel);
		assertThat(new String(again.takePreread(), StandardCharsets.US_ASCII)).isEqualTo(REQUEST);
		assertThat(again.hasPreread()).isFalse();
		assertThat(again.descriptors()).hasSize(1);
	}

	@Test
	void shouldReplayAlsoIfWorkerHasDiedBeforeTheAnswerThatItHasMarkedWasWritten() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		readIntoJournal(connection, work, 0, 0, REQUEST);
		work.entry().idle(REQUEST.length(), 100);
		worker.die();
		look();
		GotWork again = new Worker().get();
		assertThat(again.hasPreread()).isTrue();
		assertThat(again.entry().read()).isZero();
		assertThat(again.entry().written()).isZero();
	}

	@Test
	void shouldReplayOnceAndEndWithSecondWorker() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		worker.die();
		look();
		Worker second = new Worker();
		GotWork again = second.get();
		assertThat(again.takePreread()).isNotEmpty();
		second.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.REPLAYED, 1L)
			.containsEntry(Fate.POISONED, 1L)
			.containsEntry(Fate.LOST, 0L);
		assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		assertThat(new Worker().get()).isNull();
		assertThat(held()).isZero();
	}

	@Test
	void shouldNotReplayAgainWhatSecondWorkerWasAboutToAnswer() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		worker.die();
		look();
		Worker second = new Worker();
		GotWork again = second.get();
		again.entry().idle(REQUEST.length(), 100);
		second.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.POISONED, 1L);
		assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
	}

	@Test
	void shouldReplayTheNextRequestOfConnectionThatWasReplayed() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		worker.die();
		look();
		Worker second = new Worker();
		GotWork again = second.get();
		again.takePreread();
		again.entry().idle(REQUEST.length(), 2);
		write(again, "OK");
		readIntoJournal(connection, again, REQUEST.length(), 2, REQUEST);
		second.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.REPLAYED, 2L);
		assertThat(new Worker().get().hasPreread()).isTrue();
	}

	@Test
	void shouldHoldIdleConnectionThatWasReplayed() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		worker.die();
		look();
		Worker second = new Worker();
		GotWork again = second.get();
		again.takePreread();
		again.entry().idle(REQUEST.length(), 2);
		write(again, "OK");
		second.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.HOME, 1L);
		assertThat(connection.client().getInputStream().readNBytes(2)).hasSize(2);
	}

	@Test
	void shouldPutRequestAgainThatNobodyHasClaimed() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		worker.die();
		look();
		Worker second = new Worker();
		Received received = second.receive();
		second.die();
		look();
		this.now += Recovery.GRACE.toNanos();
		look();
		received.close();
		assertThat(new Worker().get().takePreread()).isNotEmpty();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.POISONED, 0L);
	}

	@Test
	void shouldNotReplayForClientThatWaitsNoMore() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		connection.client().shutdownOutput();
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.DEPARTED, 1L);
	}

	@Test
	void shouldNotReplay() throws Exception {
		Map<String, Step> reasons = new LinkedHashMap<>();
		reasons.put("the method", (connection, work) -> readIntoJournal(connection, work, 0, 0,
				"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"));
		reasons.put("a part of the answer was written", (connection, work) -> {
			readIntoJournal(connection, work, 0, 0, REQUEST);
			write(work, "H");
		});
		reasons.put("a part was read elsewhere", (connection, work) -> {
			readIntoJournal(connection, work, 0, 0, REQUEST);
			send(connection, REQUEST);
			read(work, REQUEST.length());
			work.entry().journal().stop();
		});
		reasons.put("it is too long", (connection, work) -> {
			send(connection, "GET /" + "x".repeat(JOURNAL) + " HTTP/1.1\r\nHost: x\r\n\r\n");
			work.entry().journal().begin(0, 0);
			read(work, JOURNAL + 27);
		});
		reasons.put("it is of another put", (connection, work) -> {
			readIntoJournal(connection, work, 0, 0, REQUEST);
			try (Descriptor table = this.recovery.duplicateTable();
					RandomAccessFile file = new RandomAccessFile("/proc/self/fd/" + number(table), "rw")) {
				file.seek((long) ENTRIES * 64 + (long) work.entry().index() * (32 + JOURNAL));
				file.write(0x7f);
			}
		});
		for (Map.Entry<String, Step> reason : reasons.entrySet()) {
			Worker worker = new Worker();
			Connections.Connection connection = put();
			reason.getValue().perform(connection, worker.get());
			worker.die();
			look();
			assertThat(new Worker().get()).as(reason.getKey()).isNull();
			assertThat(connection.client().getInputStream().readAllBytes()).as(reason.getKey())
				.hasSizeLessThanOrEqualTo(1);
		}
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.REPLAYED, 0L).containsEntry(Fate.POISONED, 0L);
		this.queue.use(Set.of(Feature.TABLE));
		Worker worker = new Worker();
		Connections.Connection connection = put();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		worker.die();
		look();
		assertThat(connection.client().getInputStream().read()).as("a worker would not understand").isEqualTo(-1);
	}

	@Test
	void shouldLetGoOfConnectionWhoseClientHasGone() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		worker.get();
		connection.client().close();
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.DEPARTED, 1L);
		assertThat(held()).isZero();
	}

	@Test
	void shouldPutAgainRequestOfClientThatSendsNothingMore() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		send(connection, "GET");
		connection.client().shutdownOutput();
		worker.get();
		worker.die();
		look();
		assertThat(read(new Worker().get(), 3)).isEqualTo("GET");
	}

	@Test
	void shouldLeaveConnectionsOfWorkerWhoseProcessLives() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		this.recovery.left(worker.number);
		look();
		assertThat(held()).isEqualTo(1);
		// It registers again, and has this under its first number
		Worker again = new Worker(worker.process);
		this.recovery.left(again.number);
		look();
		assertThat(new Worker().get()).isNull();
		this.recovery.ended(again.number);
		look();
		assertThat(new Worker().get()).isNotNull();
		assertThat(connection.client().isClosed()).isFalse();
		assertThat(work.outcome()).isNull();
	}

	@Test
	void shouldWaitForWhatWorkerHasSaidBeforeItDied() throws Exception {
		Worker worker = new Worker();
		put();
		worker.get();
		this.recovery.ended(worker.number);
		look();
		assertThat(new Worker().get()).isNull();
		this.recovery.left(worker.number);
		look();
		assertThat(new Worker().get()).isNotNull();
	}

	@Test
	void shouldPutAgainWhatSomebodyHasGotAndNotClaimed() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		Received received = worker.receive();
		look();
		this.now += Recovery.GRACE.toNanos() - 1;
		look();
		assertThat(new Worker().get()).as("it may be about to").isNull();
		this.now += 1;
		look();
		GotWork work = new Worker().get();
		assertThat(work).isNotNull();
		assertThat(worker.table.entry(work.entry().index(), work.entry().nonce()).claim()).as("too late").isFalse();
		received.close();
		send(connection, "GET");
		assertThat(read(work, 3)).isEqualTo("GET");
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.PUT_AGAIN, 1L);
	}

	@Test
	void shouldLetTheFirstOneHaveItWhenItClaimsLate() throws Exception {
		Worker worker = new Worker();
		put();
		try (Received received = worker.receive()) {
			Place place = WorkFrame.decode(worker.buffer, received.length(), 1, "q").place();
			look();
			this.now += Recovery.GRACE.toNanos();
			look();
			assertThat(worker.table.entry(place.index(), place.nonce()).claim()).isTrue();
			assertThat(new Worker().get()).isNull();
			this.now += Recovery.GRACE.toNanos();
			look();
			assertThat(new Worker().get()).isNull();
			assertThat(held()).isEqualTo(1);
		}
	}

	@Test
	void shouldEndConnectionThatNobodyEverClaims() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		for (int i = 0; i < 10 && held() > 0; i++) {
			Received received = worker.receive();
			if (received != null) {
				received.close();
			}
			look();
			this.now += Recovery.GRACE.toNanos();
			look();
		}
		assertThat(held()).isZero();
		assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.LOST, 1L);
	}

	@Test
	void shouldWaitForRoomWhenQueueIsFull() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		worker.get();
		List<Connections.Connection> others = new ArrayList<>();
		while (this.queue.snapshot().depth() < this.queue.capacity()) {
			others.add(put());
		}
		worker.die();
		look();
		assertThat(this.recovery.snapshot().held()).isEqualTo(1 + others.size());
		Worker next = new Worker();
		for (Connections.Connection other : others) {
			next.get().close();
			assertThat(other.client().getInputStream().read()).isEqualTo(-1);
		}
		this.now += Recovery.GRACE.toNanos();
		look();
		look();
		send(connection, "GET");
		assertThat(read(next.get(), 3)).isEqualTo("GET");
	}

	@Test
	void shouldCountAsLostWhatCannotBePutAgain() throws Exception {
		Worker worker = new Worker();
		Connections.Connection unread = put();
		Connections.Connection read = put();
		worker.get();
		readIntoJournal(read, worker.get(), 0, 0, REQUEST);
		this.queue.close();
		worker.die();
		look();
		assertThat(unread.client().getInputStream().read()).isEqualTo(-1);
		assertThat(read.client().getInputStream().read()).isEqualTo(-1);
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.LOST, 2L)
			.containsEntry(Fate.PUT_AGAIN, 0L)
			.containsEntry(Fate.REPLAYED, 0L);
		assertThat(this.recovery.snapshot().deaths()).isEqualTo(Map.of(worker.process, Map.of(Fate.LOST, 2)));
		assertThat(held()).isZero();
	}

	@Test
	void shouldCountWhatWaitsForRoomWhenItHasBeenPut() throws Exception {
		Worker worker = new Worker();
		put();
		Connections.Connection replayed = put();
		worker.get();
		readIntoJournal(replayed, worker.get(), 0, 0, REQUEST);
		fillQueue();
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).allSatisfy((fate, count) -> assertThat(count).isZero());
		assertThat(this.recovery.snapshot().deaths()).isEmpty();
		this.queue.use(Set.of(Feature.TABLE));
		Worker next = new Worker();
		next.get().close();
		next.get().close();
		look();
		assertThat(this.recovery.snapshot().deaths()).as("a worker does not understand the replayed one")
			.isEqualTo(Map.of(worker.process, Map.of(Fate.PUT_AGAIN, 1, Fate.LOST, 1)));
		assertThat(replayed.client().getInputStream().read()).isEqualTo(-1);
	}

	@Test
	void shouldPutWhatWaitsForRoomWhenSomebodyComesWhoClaimsNothing() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		worker.get();
		fillQueue();
		worker.die();
		look();
		this.queue.use(Set.of());
		this.recovery.drop(this.queue);
		try (QueueReader reader = QueueReader.open("q", 1, this.queue.duplicateForWorker());
				Getter getter = reader.newGetter()) {
			for (long depth = this.queue.snapshot().depth(); depth > 0; depth--) {
				getter.get((ended, outcome) -> {
				}).close();
			}
			look();
			send(connection, "GET");
			try (GotWork again = getter.get(Duration.ZERO, (ended, outcome) -> {
			})) {
				assertThat(read(again, 3)).isEqualTo("GET");
			}
		}
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.PUT_AGAIN, 1L).containsEntry(Fate.LOST, 0L);
	}

	@Test
	void shouldReplayNothingForTimeWhenTwoWorkersHaveDiedOfThat() throws Exception {
		for (int i = 0; i < 2; i++) {
			killWithReplayed();
			this.now += ReplayBrake.TIME.toNanos() - 1;
		}
		killWith(put());
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.REPLAYED, 2L)
			.containsEntry(Fate.POISONED, 2L)
			.containsEntry(Fate.LOST, 1L);
		this.now += 1;
		killWith(put());
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.REPLAYED, 3L);
	}

	@Test
	void shouldGoOnReplayingWhenWorkersDieOfThatNowAndThen() throws Exception {
		for (int i = 0; i < 3; i++) {
			killWithReplayed();
			this.now += ReplayBrake.TIME.toNanos();
		}
		killWith(put());
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.REPLAYED, 4L).containsEntry(Fate.LOST, 0L);
	}

	@Test
	void shouldSayOfWhoseConnectionsNotAllAreSettled() throws Exception {
		Worker worker = new Worker();
		put();
		worker.get();
		this.recovery.ended(worker.number);
		look();
		assertThat(this.recovery.snapshot().unsettled()).containsExactly(worker.process);
		this.recovery.left(worker.number);
		look();
		assertThat(this.recovery.snapshot().unsettled()).isEmpty();
		assertThat(this.recovery.snapshot().deaths()).containsOnlyKeys(worker.process);
	}

	@Test
	void shouldHoldNoMoreWhatIsQueuedWhenSomebodyComesWhoClaimsNothing() throws Exception {
		Worker worker = new Worker();
		Connections.Connection got = put();
		GotWork work = worker.get();
		Connections.Connection queued = put();
		this.queue.use(Set.of());
		this.recovery.drop(this.queue);
		Connections.Connection later = put();
		assertThat(this.recovery.snapshot().notHeld()).isEqualTo(1);
		try (QueueReader reader = QueueReader.open("q", 1, this.queue.duplicateForWorker());
				Getter getter = reader.newGetter()) {
			getter.get((ended, outcome) -> {
			}).close();
			assertThat(queued.client().getInputStream().read()).isEqualTo(-1);
			getter.get((ended, outcome) -> {
			}).close();
			assertThat(later.client().getInputStream().read()).isEqualTo(-1);
		}
		look();
		this.now += Recovery.GRACE.toNanos();
		look();
		assertThat(worker.get()).as("not put again").isNull();
		this.now += Recovery.DROPPED_GRACE.toNanos() + 1;
		look();
		assertThat(held()).isEqualTo(1);
		send(got, "GET");
		worker.die();
		look();
		// Without a place
		try (QueueReader reader = QueueReader.open("q", 1, this.queue.duplicateForWorker());
				Getter getter = reader.newGetter();
				GotWork again = getter.get((ended, outcome) -> {
				})) {
			assertThat(read(again, 3)).isEqualTo("GET");
		}
		assertThat(held()).isZero();
		assertThat(work.entry().claim()).isFalse();
	}

	@Test
	void shouldLetWhoClaimsGetWhatIsHeldNoMore() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		this.recovery.drop(this.queue);
		look();
		send(connection, "GET");
		GotWork work = worker.get();
		assertThat(read(work, 3)).isEqualTo("GET");
		work.close();
		assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
		look();
		assertThat(held()).isZero();
	}

	@Test
	void shouldKeepEntryOfConnectionAtHome() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		serve(connection, work);
		Descriptor returned = goHome(work);
		look();
		assertThat(held()).isEqualTo(1);
		assertThat(work.entry().isHome()).isTrue();
		worker.die();
		look();
		assertThat(this.recovery.snapshot().fates()).as("it is the daemon's")
			.allSatisfy((fate, count) -> assertThat(count).isZero());
		send(connection, "GET");
		this.queue.put(resumption(connection, returned), 0);
		GotWork next = new Worker().get();
		assertThat(next.entry().index()).isEqualTo(work.entry().index());
		assertThat(next.entry().read()).isEqualTo(3);
		assertThat(read(next, 3)).isEqualTo("GET");
	}

	@Test
	void shouldStayHomeWhenQueueIsFull() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		serve(connection, work);
		Descriptor returned = goHome(work);
		while (this.queue.snapshot().depth() < this.queue.capacity()) {
			put();
		}
		WorkRequest request = resumption(connection, returned);
		try {
			this.queue.put(request, 0);
		}
		catch (io.fdwork.WorkQueueFullException ex) {
			// It is
		}
		assertThat(work.entry().isHome()).isTrue();
		worker.get().close();
		look();
		this.queue.put(request, 0);
		assertThat(work.entry().isHome()).isFalse();
	}

	@Test
	void shouldTellWhoKeepsSpareWhenConnectionEndsAtHome() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		serve(connection, work);
		goHome(work).close();
		look();
		assertThat(work.entry().isHome()).isFalse();
		assertThat(held()).isZero();
	}

	@Test
	void shouldTakeHomeWhatHasNotArrivedThere() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		serve(connection, work);
		assertThat(work.entry().goHome()).isTrue();
		look();
		assertThat(this.home).isEmpty();
		worker.die();
		look();
		assertThat(this.home).hasSize(1);
		assertThat(this.recovery.snapshot().fates()).containsEntry(Fate.HOME, 1L);
	}

	@Test
	void shouldNotBelieveWhoGivesBackAnotherOnesEntry() throws Exception {
		Worker worker = new Worker();
		Connections.Connection mine = put();
		GotWork work = worker.get();
		serve(mine, work);
		Connections.Connection other = connect();
		work.entry().goHome();
		this.recovery.cameHome(place(work), other.descriptor());
		assertThat(other.descriptor().isOpen()).isTrue();
		worker.die();
		look();
		assertThat(this.returned).singleElement()
			.satisfies((one) -> assertThat(one.remote()).endsWith(":" + mine.client().getLocalPort()));
	}

	@Test
	void shouldHoldNoMoreThanItsBound() throws Exception {
		Worker worker = new Worker();
		for (int i = 0; i < ENTRIES + 2; i++) {
			Connections.Connection connection = put();
			worker.get();
			assertThat(connection.client().isConnected()).isTrue();
		}
		assertThat(held()).isEqualTo(ENTRIES);
		assertThat(this.recovery.snapshot().notHeld()).isEqualTo(2);
	}

	@Test
	void shouldFindRoomForNewConnectionsWithoutLooking() throws Exception {
		Worker worker = new Worker();
		for (int i = 0; i < 10 * ENTRIES; i++) {
			try (Connections.Connection connection = connect()) {
				this.queue.put(connection.request().queue("q").build(), 0);
				worker.get().close();
			}
		}
		assertThat(this.recovery.snapshot().notHeld()).isZero();
		assertThat(held()).isLessThan(ENTRIES);
	}

	@Test
	void shouldHoldConnectionsOnly() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.queue.put(WorkRequest.with(pipe.source()).queue("q").build(), 0);
			Connections.Connection kept = connect();
			this.queue.put(kept.request().queue("q").keepDescriptors().build(), 0);
			assertThat(kept.descriptor().isOpen()).isTrue();
			assertThat(held()).isZero();
			assertThat(this.recovery.snapshot().notHeld()).isEqualTo(1);
		}
	}

	@Test
	void shouldTouchNoConnectionOfOthersWhenWorkerWritesWhatItLikes() throws Exception {
		Random random = new Random(22);
		Worker honest = new Worker();
		List<Connections.Connection> clients = new ArrayList<>();
		List<GotWork> works = new ArrayList<>();
		for (int i = 0; i < 40; i++) {
			clients.add(put());
			works.add(honest.get());
		}
		TableGrant grant = this.recovery.grant(null);
		ByteBuffer table;
		try (Descriptor file = this.recovery.duplicateTable(); FileChannel channel = file.duplicate().toFileChannel()) {
			table = channel.map(FileChannel.MapMode.READ_WRITE, 0, channel.size());
		}
		for (int round = 0; round < 200; round++) {
			for (int i = 0; i < 100; i++) {
				int at = random.nextInt(table.capacity());
				switch (random.nextInt(3)) {
					case 0 -> table.put(at, (byte) random.nextInt());
					case 1 -> table.putLong(at & ~7, random.nextLong());
					default -> table.putLong(64 * random.nextInt(ENTRIES), 0);
				}
			}
			this.now += Duration.ofMillis(100).toNanos();
			look();
		}
		this.recovery.left(grant.worker());
		this.recovery.ended(grant.worker());
		look();
		for (int i = 0; i < 40; i++) {
			send(clients.get(i), "GET");
			assertThat(read(works.get(i), 3)).isEqualTo("GET");
			write(works.get(i), "OK");
			assertThat(clients.get(i).client().getInputStream().readNBytes(2)).hasSize(2);
		}
		assertThat(this.recovery.snapshot().damaged()).isPositive();
	}

	@Test
	void shouldStandWorkerThatCutsTheTableShort() throws Exception {
		Worker worker = new Worker();
		Connections.Connection connection = put();
		GotWork work = worker.get();
		try (Descriptor file = this.recovery.duplicateTable()) {
			RandomAccessFile cut = new RandomAccessFile("/proc/self/fd/" + number(file), "rw");
			cut.setLength(0);
			cut.close();
		}
		try {
			look();
		}
		catch (IOException ex) {
			assertThat(ex).hasMessageContaining("cut the table short");
		}
		put();
		send(connection, "GET");
		assertThat(read(work, 3)).isEqualTo("GET");
	}

	@Test
	void shouldGoOnWhenThreadIsInterrupted() throws Exception {
		Worker worker = new Worker();
		for (int i = 0; i < 3; i++) {
			put();
			worker.get().close();
			assertThat(held()).isEqualTo(1);
			Thread.currentThread().interrupt();
			look();
			assertThat(Thread.interrupted()).isTrue();
			assertThat(held()).isZero();
		}
		assertThat(this.recovery.snapshot().notHeld()).isZero();
	}

	@Test
	void shouldLeaveNoDescriptorOpen() {
		OpenFiles.assertNoneLeaked(5, () -> {
			Worker worker = new Worker();
			for (int i = 0; i < 20; i++) {
				Connections.Connection connection = connect();
				this.queue.put(connection.request().queue("q").build(), 0);
				GotWork work = worker.get();
				if (i % 4 == 0) {
					serve(connection, work);
				}
				if (i % 4 == 1) {
					work.close();
				}
				else {
					GotWork.connection(work).close();
				}
			}
			worker.die();
			look();
			Worker next = new Worker();
			for (GotWork work = next.get(); work != null; work = next.get()) {
				work.close();
			}
			this.home.forEach(Descriptor::close);
			this.home.clear();
			look();
			look();
			assertThat(held()).isZero();
			next.die();
			look();
			worker.close();
			next.close();
			this.opened.forEach((one) -> {
				try {
					one.close();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			});
			this.opened.clear();
		});
	}

	/**
	 * Let a worker die with a request, and another one with what is replayed of it.
	 */
	private void killWithReplayed() throws Exception {
		killWith(put());
		Worker second = new Worker();
		assertThat(second.get().takePreread()).isNotEmpty();
		second.die();
		look();
	}

	private void killWith(Connections.Connection connection) throws Exception {
		Worker worker = new Worker();
		readIntoJournal(connection, worker.get(), 0, 0, REQUEST);
		worker.die();
		look();
	}

	private void fillQueue() throws IOException {
		while (this.queue.snapshot().depth() < this.queue.capacity()) {
			put();
		}
	}

	private static String number(Descriptor descriptor) {
		return descriptor.toString().replaceAll("[^0-9]", "");
	}

	private int held() {
		return this.recovery.snapshot().held();
	}

	private void look() throws IOException {
		this.recovery.look(this.now);
	}

	private Connections.Connection connect() throws IOException {
		Connections.Connection connection = this.connections.connect();
		this.opened.add(connection);
		return connection;
	}

	private Connections.Connection put() throws IOException {
		Connections.Connection connection = connect();
		this.queue.put(connection.request().queue("q").build(), 0);
		return connection;
	}

	private static WorkRequest resumption(Connections.Connection connection, Descriptor descriptor) {
		return WorkRequest.with(descriptor)
			.queue("q")
			.remoteAddress(connection.accepted().remote())
			.history(new ConnectionHistory(1, 1))
			.build();
	}

	private Place place(GotWork work) throws IOException {
		TableGrant grant = this.recovery.grant(null);
		return new Place(grant.id(), work.entry().index(), work.entry().nonce());
	}

	/**
	 * Give a connection back, as a worker does.
	 */
	private Descriptor goHome(GotWork work) throws IOException {
		assertThat(work.entry().goHome()).isTrue();
		Descriptor returned = GotWork.connection(work).duplicate();
		this.opened.add(returned);
		this.recovery.cameHome(place(work), returned);
		return returned;
	}

	private static void serve(Connections.Connection connection, GotWork work) throws IOException {
		long read = work.entry().read();
		long written = work.entry().written();
		send(connection, "GET");
		assertThat(read(work, 3)).isEqualTo("GET");
		work.entry().idle(read + 3, written + 2);
		write(work, "OK");
		assertThat(connection.client().getInputStream().readNBytes(2)).hasSize(2);
	}

	/**
	 * Read a request as Netty does where there is a journal.
	 */
	private static void readIntoJournal(Connections.Connection connection, GotWork work, long read, long written,
			String request) throws IOException {
		Journal journal = work.entry().journal();
		journal.begin(read, written);
		send(connection, request);
		try (SocketChannel channel = GotWork.connection(work).duplicate().toSocketChannel(null)) {
			int length = 0;
			while (length < request.length()) {
				length += channel.read(journal.room(length));
			}
		}
	}

	private static void send(Connections.Connection connection, String text) throws IOException {
		connection.client().getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
		connection.client().getOutputStream().flush();
	}

	private static String read(GotWork work, int length) throws IOException {
		return read(GotWork.connection(work), length);
	}

	private static String read(Descriptor connection, int length) throws IOException {
		try (SocketChannel channel = connection.duplicate().toSocketChannel(null)) {
			ByteBuffer buffer = ByteBuffer.allocate(length);
			while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
				// The rest is on its way
			}
			return new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
		}
	}

	private static void write(GotWork work, String text) throws IOException {
		try (SocketChannel channel = GotWork.connection(work).duplicate().toSocketChannel(null)) {
			channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
		}
	}

	/**
	 * A worker, as far as it gets and marks.
	 */
	private final class Worker implements AutoCloseable {

		private final ProcessIdentity process;

		private final int number;

		private final ServiceTable table;

		private final QueueReader reader;

		private final Getter getter;

		private final ByteBuffer buffer = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH + 1);

		private final ReceivingEnd end;

		private final Receiver receiver;

		Worker() throws IOException {
			this(new ProcessIdentity(System.nanoTime(), 1, "boot"));
		}

		Worker(ProcessIdentity process) throws IOException {
			this.process = process;
			TableGrant grant = RecoveryTests.this.recovery.grant(process);
			this.number = grant.worker();
			this.table = ServiceTable.open(RecoveryTests.this.recovery.duplicateTable(), grant.id(), grant.entries(),
					this.number, (grant.journalLength() != null) ? grant.journalLength() : 0);
			RecoveryTests.this.recovery.watched(this.number, () -> {
			});
			this.reader = QueueReader.open("q", 1, RecoveryTests.this.queue.duplicateForWorker(), this.table);
			this.getter = this.reader.newGetter();
			this.end = ReceivingEnd.of(RecoveryTests.this.queue.duplicateForWorker());
			this.receiver = this.end.newReceiver();
			RecoveryTests.this.opened.add(this);
		}

		GotWork get() throws Exception {
			GotWork work = this.getter.get(Duration.ZERO, (ended, outcome) -> {
			});
			if (work != null) {
				RecoveryTests.this.opened.add(work);
			}
			return work;
		}

		Received receive() throws IOException {
			return this.receiver.receive(this.buffer.clear(), Duration.ZERO, WorkPermits.UNLIMITED);
		}

		void die() {
			RecoveryTests.this.recovery.ended(this.number);
			RecoveryTests.this.recovery.left(this.number);
		}

		@Override
		public void close() {
			this.getter.close();
			this.reader.close();
			this.receiver.close();
			this.end.close();
		}

	}

	private interface Step {

		void perform(Connections.Connection connection, GotWork work) throws IOException;

	}

}
