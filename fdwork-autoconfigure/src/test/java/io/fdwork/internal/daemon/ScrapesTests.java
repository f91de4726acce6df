package io.fdwork.internal.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.NoRequests;
import io.fdwork.NoWorkerObserver;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Scrapes}, with peers that answer as they should and others.
 */
@Timeout(60)
class ScrapesTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private static final Duration SHORT = Duration.ofMillis(50);

	@TempDir
	Path parent;

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	private final List<Peer> peers = new ArrayList<>();

	@BeforeEach
	void start() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		DaemonOptions options = new DaemonOptions();
		options.setReportInterval(Duration.ofSeconds(20));
		this.daemon = new Daemon(this.directory, this.queues, options, new NoRequests(), new NoWorkerObserver());
		this.daemon.start();
	}

	@AfterEach
	void stop() throws IOException {
		this.peers.forEach(Peer::close);
		this.daemon.stop(Duration.ZERO);
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldHaveNothingWithoutWorkers() {
		assertThat(this.daemon.scrape(request(LONG, 1000))).isEmpty();
		assertThat(this.daemon.snapshot().missingExpositions()).containsOnlyKeys(MissingExposition.values())
			.containsValue(0L);
	}

	@Test
	void shouldAskAllWorkersAtOnceAndPutPiecesTogether() throws Exception {
		Peer one = register("one", "scrape");
		Peer two = register("two", "scrape");
		register("before", "room");
		CompletableFuture<List<WorkerExposition>> scrape = scrape(LONG, 1000);
		ControlMessage.Scrape toOne = one.scrape();
		ControlMessage.Scrape toTwo = two.scrape();
		assertThat(toOne.format()).isEqualTo("text/plain");
		assertThat(toOne.names()).containsExactly("a");
		assertThat(toOne.limit()).as("the same share for each").isEqualTo(500);
		assertThat(toOne.offset()).isZero();
		one.answer(toOne, 5, "he");
		assertThat(one.scrape()).isEqualTo(new ControlMessage.Scrape(toOne.id(), "text/plain", List.of("a"), 500, 2));
		one.answer(toOne, 5, "llo");
		two.answer(toTwo, 3, "you");
		assertThat(scrape.get()).extracting(WorkerExposition::worker).containsExactly("one", "two");
		assertThat(scrape.get()).extracting((worker) -> new String(worker.text(), StandardCharsets.UTF_8))
			.containsExactly("hello", "you");
		assertThat(scrape.get().get(0).pid()).isEqualTo(ProcessHandle.current().pid());
		assertThat(missing()).isZero();
	}

	@Test
	void shouldWaitOnceForWorkerThatDoesNotAnswer() throws Exception {
		Peer deaf = register("deaf", "scrape");
		Peer other = register("other", "scrape");
		CompletableFuture<List<WorkerExposition>> scrape = scrape(Duration.ofMillis(500), 1000);
		ControlMessage.Scrape first = deaf.scrape();
		other.answer(other.scrape(), 1, "a");
		assertThat(scrape.get()).extracting(WorkerExposition::worker).containsExactly("other");
		assertThat(missing(MissingExposition.UNANSWERED)).isEqualTo(1);
		scrape = scrape(LONG, 1000);
		other.answer(other.scrape(), 1, "b");
		assertThat(scrape.get(10, TimeUnit.SECONDS)).extracting(WorkerExposition::worker).containsExactly("other");
		assertThat(missing(MissingExposition.UNANSWERED)).isEqualTo(2);
		deaf.answer(first, 10, "late");
		deaf.report(WorkerState.QUIESCED);
		other.close();
		await().until(() -> this.daemon.snapshot().workers().size() == 1
				&& this.daemon.snapshot().workers().get(0).state() == WorkerState.QUIESCED);
		scrape = scrape(LONG, 1000);
		ControlMessage.Scrape second = deaf.scrape();
		assertThat(second.id()).as("asked again, and not for the rest").isGreaterThan(first.id());
		assertThat(second.offset()).isZero();
		deaf.answer(second, 1, "c");
		assertThat(scrape.get()).hasSize(1);
	}

	@Test
	void shouldCountWhatIsTooLargeOrNotWritten() throws Exception {
		Peer large = register("large", "scrape");
		Peer broken = register("broken", "scrape");
		Peer none = register("none", "scrape");
		CompletableFuture<List<WorkerExposition>> scrape = scrape(LONG, 3000);
		large.answer(large.scrape(), 1001, "");
		broken.answer(broken.scrape(), -1, "");
		none.answer(none.scrape(), 0, "");
		assertThat(scrape.get()).isEmpty();
		assertThat(missing(MissingExposition.TOO_LARGE)).isEqualTo(1);
		assertThat(missing(MissingExposition.NOT_WRITTEN)).isEqualTo(1);
		assertThat(missing()).isEqualTo(2);
		assertThat(this.daemon.snapshot().workers()).hasSize(3);
	}

	@Test
	void shouldWaitNoMoreForWorkerThatLeaves() throws Exception {
		Peer leaving = register("leaving", "scrape");
		CompletableFuture<List<WorkerExposition>> scrape = scrape(LONG, 1000);
		leaving.scrape();
		leaving.close();
		assertThat(scrape.get(10, TimeUnit.SECONDS)).isEmpty();
		assertThat(missing()).isZero();
	}

	@Test
	void shouldLetOneScrapeAtTimeAskWorkers() throws Exception {
		Peer peer = register("peer", "scrape");
		CompletableFuture<List<WorkerExposition>> scrape = scrape(LONG, 1000);
		ControlMessage.Scrape asked = peer.scrape();
		assertThat(this.daemon.scrape(request(SHORT, 1000))).isEmpty();
		assertThat(missing(MissingExposition.OTHER_SCRAPE)).isEqualTo(1);
		peer.answer(asked, 1, "a");
		assertThat(scrape.get()).hasSize(1);
	}

	@Test
	void shouldEndConnectionOfWorkerThatSendsOtherPieces() throws Exception {
		for (int i = 0; i < 4; i++) {
			Peer peer = register("peer", "scrape");
			CompletableFuture<List<WorkerExposition>> scrape = scrape(LONG, 1000);
			ControlMessage.Scrape asked = peer.scrape();
			switch (i) {
				case 0 -> peer.answer(asked, 3, "longer");
				case 1 -> peer.answer(asked, 3, "");
				case 2 -> {
					peer.answer(asked, 3, "a");
					assertThat(peer.scrape().offset()).isEqualTo(1);
					peer.answer(asked, 4, "b");
				}
				default -> peer.answer(null, 3, "abc");
			}
			assertThat(scrape.get(10, TimeUnit.SECONDS)).isEmpty();
			assertThatExceptionOfType(EOFException.class).isThrownBy(peer::scrape);
			long rejected = i + 1;
			await().until(() -> this.daemon.snapshot().rejectedPeers().get(PeerRejection.PROTOCOL) == rejected);
		}
	}

	private CompletableFuture<List<WorkerExposition>> scrape(Duration timeout, long maxBytes) {
		return CompletableFuture.supplyAsync(() -> this.daemon.scrape(request(timeout, maxBytes)));
	}

	private static ScrapeRequest request(Duration timeout, long maxBytes) {
		return new ScrapeRequest("text/plain", List.of("a"), timeout, maxBytes);
	}

	private long missing(MissingExposition cause) {
		return this.daemon.snapshot().missingExpositions().get(cause);
	}

	private long missing() {
		return Arrays.stream(MissingExposition.values()).mapToLong(this::missing).sum();
	}

	private Peer register(String name, String feature) throws IOException {
		int before = this.daemon.snapshot().workers().size();
		Peer peer = new Peer(name, feature);
		this.peers.add(peer);
		await().until(() -> this.daemon.snapshot().workers().size() > before);
		return peer;
	}

	/**
	 * A worker that answers when the test wants it.
	 */
	private final class Peer implements AutoCloseable {

		private final ControlConnection connection;

		Peer(String name, String feature) throws IOException {
			this.connection = new ControlConnection(UnixStream.connect(ScrapesTests.this.directory.controlSocket()));
			this.connection.setTimeout(Duration.ofSeconds(10));
			this.connection.allowDescriptors(32);
			this.connection
				.write(new ControlMessage.Hello(name, 1, List.of("default"), 1, null, 0, null, List.of(feature)));
			assertThat(this.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			this.connection.takeDescriptors().forEach(Descriptor::close);
			report(WorkerState.READY);
		}

		void report(WorkerState state) throws IOException {
			this.connection.write(new ControlMessage.Report(TestFigures.of(state), null));
		}

		/**
		 * Wait until it is asked.
		 */
		ControlMessage.Scrape scrape() throws IOException {
			ControlMessage message = this.connection.read();
			while (message != null && !(message instanceof ControlMessage.Scrape)) {
				message = this.connection.read();
			}
			assertThat(message).isNotNull();
			return (ControlMessage.Scrape) message;
		}

		void answer(ControlMessage.@Nullable Scrape scrape, int length, String piece) throws IOException {
			this.connection.write(new ControlMessage.Exposition((scrape != null) ? scrape.id() : 4711, length,
					piece.getBytes(StandardCharsets.UTF_8)));
		}

		@Override
		public void close() {
			this.connection.close();
		}

	}

}
