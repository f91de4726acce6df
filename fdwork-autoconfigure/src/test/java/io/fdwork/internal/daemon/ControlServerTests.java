package io.fdwork.internal.daemon;

import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import io.fdwork.ConnectionHistory;
import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.LifeLine;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.recovery.Fate;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.Grant;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.internal.wire.Returned;
import io.fdwork.internal.wire.TableGrant;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.util.FileSystemUtils;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link ControlServer}, by hostile peers and proper ones.
 */
@Timeout(60)
class ControlServerTests {

	private static final int MAGIC_AND_VERSION = 0x46444303;

	@TempDir
	Path parent;

	private final Queue<String> observed = new ConcurrentLinkedQueue<>();

	private final AtomicInteger requested = new AtomicInteger();

	private final Queue<ConnectionHistory> histories = new ConcurrentLinkedQueue<>();

	private final List<Socket> clients = new ArrayList<>();

	private volatile Runnable onChanged = () -> {
	};

	private volatile boolean putting;

	private final DaemonOptions options = new DaemonOptions();

	private DaemonDirectory directory;

	private KernelQueues queues;

	private Daemon daemon;

	@BeforeEach
	void start() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
		this.options.setHandshakeTimeout(Duration.ofSeconds(5));
		this.options.setReportInterval(Duration.ofSeconds(5));
		this.daemon = new Daemon(this.directory, this.queues, this.options, new Requests(), new Observer());
		this.daemon.start();
	}

	@AfterEach
	void stop() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
		this.daemon.stop(Duration.ZERO);
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldRegisterWorkerThatCanGet() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe(); Peer peer = new Peer()) {
			peer.connection.write(hello("default"));
			ControlMessage.Welcome welcome = (ControlMessage.Welcome) peer.connection.read();
			assertThat(welcome.pid()).isEqualTo(ProcessHandle.current().pid());
			assertThat(welcome.reportIntervalMillis()).isEqualTo(5000);
			assertThat(welcome.features()).isEqualTo(Feature.names());
			assertThat(welcome.queues()).containsExactly(new Grant("default", this.queues.find("default").instance()));
			List<Descriptor> descriptors = peer.connection.takeDescriptors();
			assertThat(descriptors).hasSize(1);
			assertThat(this.daemon.snapshot().workers()).as("before its first report").isEmpty();
			peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
			await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
			DaemonSnapshot.WorkerSnapshot worker = this.daemon.snapshot().workers().get(0);
			assertThat(worker.name()).isEqualTo("peer");
			assertThat(worker.pid()).as("as the kernel says, not the worker").isEqualTo(ProcessHandle.current().pid());
			assertThat(worker.process()).isEqualTo(ProcessIdentity.of(worker.pid()));
			assertThat(worker.queues()).containsExactly("default");
			assertThat(worker.figures()).isEqualTo(figures(WorkerState.READY));
			this.queues.put(WorkRequest.with(pipe.source()).build());
			try (QueueReader reader = QueueReader.open("default", 1, descriptors.get(0));
					Getter getter = reader.newGetter();
					Work work = getter.get((ended, outcome) -> {
					})) {
				assertThat(work).isNotNull();
			}
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
		}
		await().until(() -> this.observed.size() == 2);
		assertThat(this.observed).containsExactly("joined peer", "left peer: its connection ended without a bye");
	}

	@Test
	void shouldFollowStateOfWorkerUntilItsBye() throws Exception {
		try (Peer peer = registered()) {
			peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
			peer.connection.write(new ControlMessage.Report(figures(WorkerState.DRAINING), null));
			await().until(() -> !this.daemon.snapshot().workers().isEmpty());
			await().until(() -> this.daemon.snapshot().workers().get(0).state() == WorkerState.DRAINING);
			peer.connection.write(new ControlMessage.Bye("done", figures(WorkerState.STOPPED)));
			await().until(() -> this.daemon.snapshot().workers().isEmpty());
			await().until(() -> this.observed.size() == 3);
			assertThat(this.observed).containsExactly("joined peer", "changed peer", "left peer: bye: done");
		}
		assertThat(this.daemon.snapshot().rejectedPeers()).doesNotContainValue(1L);
	}

	@Test
	void shouldAnswerWorkerThatAsksWhetherItMayEnd() throws Exception {
		try (Peer peer = registered()) {
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
			for (int i = 0; i < 2; i++) {
				peer.connection.write(new ControlMessage.Leave());
				assertThat(peer.connection.read()).isEqualTo(ControlMessage.Order.of(OrderKind.DRAIN));
			}
			peer.connection.write(new ControlMessage.Bye("done", figures(WorkerState.STOPPED)));
			await().until(() -> this.observed.contains("left peer: bye: done"));
			assertThatExceptionOfType(EOFException.class).isThrownBy(peer.connection::read);
		}
	}

	@Test
	void shouldSayThatWorkerIsUnresponsiveWhenItDoesNotReport() throws Exception {
		this.options.setReportInterval(Duration.ofMillis(50));
		try (Peer peer = registered()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			await().until(() -> worker().state() == WorkerState.UNRESPONSIVE);
			assertThat(this.daemon.snapshot().readyWorkers()).isZero();
			await().until(() -> {
				peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
				return worker().state() == WorkerState.READY;
			});
		}
	}

	@Test
	void shouldTellOfWorkerThatBecomesUnresponsive() throws Exception {
		this.options.setReportInterval(Duration.ofMillis(50));
		try (Peer peer = registered()) {
			await().until(() -> List.copyOf(this.observed).equals(List.of("joined peer", "changed peer")));
			assertThat(worker().state()).isEqualTo(WorkerState.UNRESPONSIVE);
			await().until(() -> {
				peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
				return this.observed.size() >= 3;
			});
		}
	}

	@Test
	void shouldHoldUpNobodyAndDropWorkerThatDoesNotRead() throws Exception {
		try (Peer deaf = registered(); Peer other = registered()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 2);
			int orders = 0;
			long longest = 0;
			while (rejections(PeerRejection.NOT_READING) == 0 && orders < 5000) {
				long start = System.nanoTime();
				this.daemon.setConcurrency(++orders);
				longest = Math.max(longest, System.nanoTime() - start);
				awaitConcurrency(other, orders);
			}
			assertThat(orders).as("orders that are simply buffered").isBetween(100, 4999);
			assertThat(Duration.ofNanos(longest)).isLessThan(Duration.ofSeconds(2));
			await().until(() -> rejections(PeerRejection.NOT_READING) == 1);
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			assertThat(this.observed).contains("left peer: it did not read what it was told");
			this.daemon.setConcurrency(7);
			awaitConcurrency(other, 7);
		}
		assertProperWorkerRegisters();
	}

	@Test
	void shouldDoNothingForWorkerThatSaysNothing() throws Exception {
		try (Peer peer = registered()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			Thread thread = thread("fdwork-control-1");
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
			await().until(() -> thread("fdwork-control-orders") == null);
			// What is allocated is a message, or the exception of a wait that was over
			AtomicLong before = new AtomicLong(-1);
			await().during(Duration.ofSeconds(1)).until(() -> {
				long allocated = allocatedBytes(thread);
				return before.getAndSet(allocated) == allocated;
			});
		}
	}

	private static long allocatedBytes(Thread thread) {
		return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
			.getThreadAllocatedBytes(thread.getId());
	}

	private static @Nullable Thread thread(String name) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals(name))
			.findFirst()
			.orElse(null);
	}

	@Test
	void shouldGiveWorkerTheHandshakeTimeoutToReadWhatItIsTold() throws Exception {
		try (Peer peer = registered()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			int orders = 0;
			boolean waits = false;
			while (!waits && orders < 5000) {
				this.daemon.setConcurrency(++orders);
				waits = isThereFor("fdwork-control-orders", Duration.ofMillis(500));
			}
			assertThat(waits).as("a message waits for room").isTrue();
			assertThat(isThereFor("fdwork-control-orders", Duration.ofSeconds(1))).isTrue();
			assertThat(rejections(PeerRejection.NOT_READING)).isZero();
			awaitConcurrency(peer, orders);
			assertThat(this.daemon.snapshot().workers()).hasSize(1);
		}
	}

	private static boolean isThereFor(String threadName, Duration time) {
		long start = System.nanoTime();
		while (thread(threadName) != null) {
			if (System.nanoTime() - start >= time.toNanos()) {
				return true;
			}
			Thread.onSpinWait();
		}
		return false;
	}

	@Test
	void shouldGiveWorkerNothingWithWhichItCouldHarmTheDaemon() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe(); Peer peer = new Peer()) {
			peer.connection.write(hello("default"));
			assertThat(peer.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			for (Descriptor descriptor : peer.connection.takeDescriptors()) {
				try (descriptor; FileChannel file = descriptor.duplicate().toFileChannel()) {
					file.truncate(0);
				}
				catch (IOException ex) {
					// It is no file
					assertThat(ex).hasMessageContaining("Not a file");
				}
			}
			this.queues.put(WorkRequest.with(pipe.source()).build());
			assertThat(this.daemon.snapshot().queues().get(0).depth()).isEqualTo(1);
		}
	}

	private static void awaitConcurrency(Peer peer, int concurrency) throws IOException {
		ControlMessage message;
		do {
			message = peer.connection.read();
			assertThat(message).as("an order in time").isNotNull();
		}
		while (!message.equals(new ControlMessage.Order(OrderKind.CONCURRENCY, concurrency)));
	}

	private DaemonSnapshot.WorkerSnapshot worker() {
		return this.daemon.snapshot().workers().get(0);
	}

	@Test
	void shouldRefuseGarbage() throws Exception {
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
			peer.assertClosed();
		});
	}

	@Test
	void shouldRefuseAnotherVersion() throws Exception {
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.send(header(0x46444302, 10));
			peer.assertClosed();
			assertRefused(null);
		});
		assertThat(this.daemon.snapshot().refused()).as("its process has registered since").isEmpty();
	}

	@Test
	void shouldRefuseOversizedAnnouncement() throws Exception {
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.send(header(MAGIC_AND_VERSION, Integer.MAX_VALUE));
			peer.assertClosed();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"type\":\"bye\",\"reason\":\"x\"}", "null", "[]", "{\"type\":\"hello\",\"name\":\"x\"}",
			"{\"type\":\"hello\",\"pid\":1,\"concurrency\":1,\"listeners\":0,\"queues\":[\"default\"]}",
			"{\"type\":\"hello\",\"name\":\"x\",\"pid\":1,\"concurrency\":1,\"listeners\":0,\"queues\":[]}",
			"{\"type\":\"hello\",\"name\":\"x\",\"pid\":1,\"concurrency\":1,\"listeners\":0,\"queues\":null}" })
	void shouldRefuseWhatIsNoProperHello(String json) throws Exception {
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.sendJson(json);
			peer.assertClosed();
		});
	}

	@Test
	void shouldRefuseHelloWithTooLongNameOrTooManyQueues() throws Exception {
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.connection.write(new ControlMessage.Hello("n".repeat(101), 1, List.of("default"), 1, null, 0, null));
			peer.assertClosed();
		});
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.connection
				.write(new ControlMessage.Hello("n", 1, Collections.nCopies(17, "default"), 1, null, 0, null));
			peer.assertClosed();
		});
	}

	@Test
	void shouldRefuseUnknownQueueWithReason() throws Exception {
		assertRejected(PeerRejection.UNKNOWN_QUEUE, (peer) -> {
			peer.connection.write(hello("default", "none"));
			assertThat(peer.connection.read()).isInstanceOfSatisfying(ControlMessage.Refusal.class,
					(refusal) -> assertThat(refusal.reason()).contains("'none'", "[default]"));
			assertThat(peer.connection.takeDescriptors()).isEmpty();
			peer.assertClosed();
			assertRefused(null);
		});
		Membership membership = new Membership("token", 3);
		assertRejected(PeerRejection.UNKNOWN_QUEUE, (peer) -> {
			peer.connection.write(new ControlMessage.Hello("x", 1, List.of("none"), 1, membership, 0, null));
			peer.assertClosed();
			assertRefused(membership);
		});
		assertRejected(PeerRejection.UNKNOWN_QUEUE, (peer) -> {
			peer.sendJson(
					"{\"type\":\"hello\",\"name\":\"x\",\"pid\":1,\"concurrency\":1,\"listeners\":0,\"queues\":[null]}");
			assertThat(peer.connection.read()).isInstanceOf(ControlMessage.Refusal.class);
			peer.assertClosed();
		});
	}

	@Test
	void shouldRefuseWorkerOfAnotherApplicationWithBothNames() throws Exception {
		this.options.setApplication("shop");
		assertRejected(PeerRejection.OTHER_APPLICATION, (peer) -> {
			peer.connection.write(new ControlMessage.Hello("peer", 4711, List.of("default"), 1, null, 0, "office"));
			assertThat(peer.connection.read()).isInstanceOfSatisfying(ControlMessage.Refusal.class,
					(refusal) -> assertThat(refusal.reason()).contains("'shop'", "'office'", "fdwork.directory",
							"fdwork.application"));
			assertThat(peer.connection.takeDescriptors()).isEmpty();
			peer.assertClosed();
		});
		try (Peer peer = new Peer()) {
			peer.connection.write(new ControlMessage.Hello("peer", 4711, List.of("default"), 1, null, 0, "shop"));
			assertThat(peer.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			peer.connection.takeDescriptors().forEach(Descriptor::close);
		}
	}

	@Test
	void shouldRefusePeerThatSaysNothing() throws Exception {
		this.options.setHandshakeTimeout(Duration.ofMillis(200));
		assertRejected(PeerRejection.SILENT, Peer::assertClosed);
	}

	@Test
	void shouldRefusePeerThatStopsInTheMiddle() throws Exception {
		this.options.setHandshakeTimeout(Duration.ofMillis(200));
		assertRejected(PeerRejection.SILENT, (peer) -> {
			peer.send(header(MAGIC_AND_VERSION, 1000));
			peer.assertClosed();
		});
	}

	@Test
	void shouldRefusePeerThatDripsBytes() throws Exception {
		this.options.setHandshakeTimeout(Duration.ofMillis(300));
		assertRejected(PeerRejection.SILENT, (peer) -> {
			peer.send(header(MAGIC_AND_VERSION, 60_000));
			await().pollInterval(Duration.ofMillis(20)).alias("closed while it drips").until(() -> {
				try {
					peer.send(new byte[] { ' ' });
					return false;
				}
				catch (IOException ex) {
					return true;
				}
			});
		});
	}

	@Test
	void shouldRefusePeerThatDoesNotReportAfterWelcome() throws Exception {
		this.options.setHandshakeTimeout(Duration.ofMillis(200));
		OpenFiles.assertNoneLeaked(3, () -> assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.connection.write(hello("default"));
			assertThat(peer.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			peer.connection.takeDescriptors().forEach(Descriptor::close);
			peer.assertClosed();
			assertThat(this.daemon.snapshot().refused()).as("it may only be slow").isEmpty();
		}));
	}

	@Test
	void shouldEndSessionThatBreaksTheProtocol() throws Exception {
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.register();
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			peer.connection.write(hello("default"));
			peer.assertClosed();
		});
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.register();
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			peer.sendJson("{\"type\":\"report\"}");
			peer.assertClosed();
		});
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.register();
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			peer.sendJson("{\"type\":\"bye\",\"reason\":\"none\"}");
			peer.assertClosed();
		});
		assertThat(this.observed).contains("left peer: it broke the protocol");
	}

	@Test
	void shouldShowWhatWorkerReportsAndWhatItReportsNoMore() throws Exception {
		try (Peer peer = registered()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			assertThat(this.daemon.snapshot().workers().get(0).management()).isNull();
			peer.connection
				.write(new ControlMessage.Report(figures(WorkerState.READY), "http://127.0.0.1:4711/actuator"));
			await().until(() -> "http://127.0.0.1:4711/actuator"
				.equals(this.daemon.snapshot().workers().get(0).management()));
			assertThat(this.daemon.snapshot().workers().get(0).figures()).isEqualTo(figures(WorkerState.READY));
			// As one of an older version would
			peer.sendJson("{\"type\":\"report\",\"figures\":" + figures("", "") + "}");
			await().until(() -> this.daemon.snapshot().workers().get(0).management() == null);
			assertThat(this.daemon.snapshot().workers().get(0).figures().process()).isNull();
			assertThat(this.daemon.snapshot().workers().get(0).figures().requests()).isNull();
			// As one of a newer version would
			peer.sendJson("{\"type\":\"report\",\"colour\":\"red\",\"figures\":" + figures("",
					",\"future\":{\"a\":[1]},\"requests\":{\"count\":7,\"totalNanos\":8,\"failed\":9,\"new\":10}")
					+ "}");
			await().until(() -> new WorkerFigures.Requests(7, 8, 9)
				.equals(this.daemon.snapshot().workers().get(0).figures().requests()));
		}
		assertThat(this.daemon.snapshot().rejectedPeers()).doesNotContainValue(1L);
	}

	@ParameterizedTest
	@ValueSource(strings = { "\"SERVED\":null;", ";,\"rejected\":{\"MAGIC\":null}",
			";},\"management\":\"http://a:1/<b>\",\"x\":{", ";,\"process\":{\"heapUsed\":1}", ";,\"process\":[]",
			";,\"requests\":{\"count\":\"many\"}", ";,\"requests\":{\"count\":1e400,\"totalNanos\":1,\"failed\":1}" })
	void shouldEndSessionThatReportsWhatCannotBe(String endedAndMore) throws Exception {
		String[] parts = endedAndMore.split(";", 2);
		assertRejected(PeerRejection.PROTOCOL, (peer) -> {
			peer.register();
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			peer.sendJson("{\"type\":\"report\",\"figures\":" + figures(parts[0], parts[1]) + "}");
			peer.assertClosed();
		});
	}

	private static String figures(String ended, String more) {
		return """
				{"state":"READY","active":1,"concurrency":2,"got":3,"ended":{%s},
				"waited":{"count":1,"totalNanos":2,"p50Nanos":3,"p95Nanos":4,"p99Nanos":5,"maxNanos":6},"rejected":{},
				"openDescriptors":4,"leakedDescriptors":5,"paused":false,"pauses":0%s}""".formatted(ended, more);
	}

	@Test
	void shouldRefusePeersWhenThereAreTooMany() throws Exception {
		this.options.setMaxWorkers(3);
		List<Peer> peers = new ArrayList<>();
		try {
			for (int i = 0; i < 3; i++) {
				peers.add(registered());
			}
			await().until(() -> this.daemon.snapshot().workers().size() == 3);
			for (int i = 0; i < 5; i++) {
				try (Peer peer = new Peer()) {
					peer.assertClosed();
				}
			}
			await().until(() -> rejections(PeerRejection.TOO_MANY) == 5);
			assertThat(this.daemon.snapshot().workers()).hasSize(3);
		}
		finally {
			peers.forEach(Peer::close);
		}
		await().until(() -> this.daemon.snapshot().workers().isEmpty());
		assertProperWorkerRegisters();
	}

	@Test
	void shouldTakeNoDescriptorWithFirstReport() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(10, () -> {
				try (Peer peer = new Peer()) {
					peer.connection.write(hello("default"));
					assertThat(peer.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
					peer.connection.takeDescriptors().forEach(Descriptor::close);
					peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null),
							Collections.nCopies(50, pipe.sink()));
					await().until(() -> this.daemon.snapshot().workers().size() == 1);
				}
				await().until(() -> this.daemon.snapshot().workers().isEmpty());
			});
		}
		assertProperWorkerRegisters();
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 32, 33, 50 })
	void shouldEndSessionThatSendsDescriptorsWithReport(int descriptors) throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(3, () -> assertRejected(PeerRejection.PROTOCOL, (peer) -> {
				peer.register();
				peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null),
						Collections.nCopies(descriptors, pipe.sink()));
				peer.assertClosed();
			}));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "{\"type\":\"return\"}", "{\"type\":\"return\",\"queues\":null}",
			"{\"type\":\"return\",\"queues\":[]}", "{\"type\":\"return\",\"queues\":[\"default\"]}",
			"{\"type\":\"return\",\"queues\":[\"default\",\"default\",\"default\"]}",
			"{\"type\":\"return\",\"queues\":[\"default\",\"none\"]}",
			"{\"type\":\"return\",\"queues\":[\"default\",null]}" })
	void shouldEndSessionThatGivesBackOtherThanItSays(String json) throws Exception {
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			OpenFiles.assertNoneLeaked(3, () -> assertRejected(PeerRejection.PROTOCOL, (peer) -> {
				peer.register();
				byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
				peer.stream.write(header(MAGIC_AND_VERSION, bytes.length),
						List.of(connection.descriptor(), connection.descriptor()));
				peer.send(bytes);
				peer.assertClosed();
			}));
			assertThat(this.daemon.snapshot().idle().get(0).returned()).isZero();
		}
	}

	@Test
	void shouldRefuseWhatIsNoConnectionAndKeepTheWorker() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe();
				TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
				Descriptor listening = listener.duplicate();
				Peer peer = registered()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			OpenFiles.assertNoneLeaked(5, () -> {
				long before = rejections(PeerRejection.NO_CONNECTION);
				peer.connection.write(new ControlMessage.Return(List.of("default", "default")),
						List.of(pipe.source(), listening));
				await().until(() -> rejections(PeerRejection.NO_CONNECTION) == before + 2);
			});
			assertThat(TcpSockets.isListening(listening)).isTrue();
			assertThat(this.daemon.snapshot().workers()).hasSize(1);
		}
	}

	@Test
	void shouldHoldWhatWorkerGivesBackUntilClientSends() throws Exception {
		try (Connections connections = new Connections(); Peer peer = registered()) {
			OpenFiles.assertNoneLeaked(3, () -> {
				try (Connections.Connection connection = connections.connect()) {
					DaemonSnapshot.IdleSnapshot before = this.daemon.snapshot().idle().get(0);
					peer.connection.write(new ControlMessage.Return(List.of("default")),
							List.of(connection.descriptor()));
					connection.descriptor().close();
					await().until(() -> idle().held() == 1);
					assertThat(idle().returned()).isEqualTo(before.returned() + 1);
					connection.client().getOutputStream().write('a');
					await().until(() -> idle().resumed() == before.resumed() + 1);
					assertThat(idle().held()).isZero();
				}
			});
		}
	}

	@Test
	void shouldHoldIdleConnectionAsLongAsItsServerWould() throws Exception {
		long twoMinutesAgo = System.nanoTime() - TimeUnit.MINUTES.toNanos(2);
		try (Connections connections = new Connections(); Peer peer = registered()) {
			for (Long forEver : List.of(0L, Long.MAX_VALUE)) {
				giveBack(peer, connections, new Returned(3, twoMinutesAgo, forEver));
			}
			giveBack(peer, connections, new Returned(3, twoMinutesAgo, TimeUnit.MINUTES.toNanos(3)));
			await().until(() -> idle().held() == 3);
			giveBack(peer, connections, new Returned(3, twoMinutesAgo, TimeUnit.MINUTES.toNanos(2)));
			giveBack(peer, connections, new Returned(3, twoMinutesAgo, null));
			await().until(() -> idle().timedOut() == 2);
			assertThat(idle().held()).isEqualTo(3);
			this.options.setIdleTimeout(Duration.ofSeconds(90));
			giveBack(peer, connections, new Returned(3, twoMinutesAgo, 0L));
			await().until(() -> idle().timedOut() == 3);
			assertThat(idle().held()).isEqualTo(3);
		}
	}

	@Test
	void shouldHandOnWhatHasHappenedOnIdleConnection() throws Exception {
		try (Connections connections = new Connections(); Peer peer = registered()) {
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
			peer.connection.write(new ControlMessage.Kept(1, 0));
			long before = System.nanoTime();
			Socket client = giveBack(peer, connections, new Returned(3, before - 1000, 0L));
			client.getOutputStream().write('a');
			await().until(() -> this.histories.size() == 1);
			assertThat(this.histories.peek().requests()).isEqualTo(3);
			assertThat(this.histories.remove().idleSinceNanos()).as("until it sent something").isGreaterThan(before);
			giveBack(peer, connections, new Returned(4, before - 1000, 0L));
			await().until(() -> idle().held() == 1);
			this.daemon.leave(Duration.ofSeconds(5));
			assertThat(this.histories).containsExactly(new ConnectionHistory(4, before - 1000));
		}
	}

	private Socket giveBack(Peer peer, Connections connections, Returned returned) throws IOException {
		Connections.Connection connection = connections.connect();
		peer.connection.write(new ControlMessage.Return(List.of("default"), List.of(returned)),
				List.of(connection.descriptor()));
		connection.descriptor().close();
		this.clients.add(connection.client());
		return connection.client();
	}

	@Test
	void shouldKeepWorkerThatIsInUnknownState() throws Exception {
		try (Peer peer = registered()) {
			await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
			peer.connection.write(new ControlMessage.Report(figures(WorkerState.UNKNOWN), null));
			await().until(() -> this.daemon.snapshot().readyWorkers() == 0);
			byte[] heartbeat = "{\"type\":\"heartbeat\"}".getBytes(StandardCharsets.UTF_8);
			peer.send(header(MAGIC_AND_VERSION, heartbeat.length));
			peer.send(heartbeat);
			peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
			await().until(() -> this.daemon.snapshot().readyWorkers() == 1);
		}
	}

	@Test
	void shouldUseFeatureOnlyWhileAllWorkersHaveNamedIt() throws Exception {
		try (Peer newer = new Peer()) {
			newer.connection
				.write(new ControlMessage.Hello("newer", 1, List.of("default"), 1, null, 0, null, featuresWithout()));
			assertThat(newer.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			List<Descriptor> queue = newer.connection.takeDescriptors();
			try (QueueReader reader = QueueReader.open("default", 1, queue.get(0));
					Getter getter = reader.newGetter()) {
				newer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
				assertThat(putAndGet(getter)).isEqualTo(new ConnectionHistory(1, 2));
				try (Peer older = new Peer()) {
					older.connection.write(hello("default"));
					assertThat(older.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
					older.connection.takeDescriptors().forEach(Descriptor::close);
					assertThat(putAndGet(getter)).as("while it can get").isNull();
				}
				await().until(() -> putAndGet(getter) != null);
			}
		}
	}

	@Test
	void shouldServeOnWhatWorkerHadWhoseProcessIsGone() throws Exception {
		LifeLine line = LifeLine.open();
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			Peer peer = new Peer();
			ControlMessage.Welcome welcome = registerWithTable(peer, line);
			TableGrant table = welcome.table();
			List<Descriptor> descriptors = peer.connection.takeDescriptors();
			assertThat(descriptors).hasSize(2);
			finishRegistrationWithLifeLine(peer, line);
			try (QueueReader reader = QueueReader.open("default", 1, descriptors.get(0),
					ServiceTable.open(descriptors.get(1), table.id(), table.entries(), table.worker(), 0));
					Getter getter = reader.newGetter()) {
				this.queues.put(connection.request().build());
				GotWork work = getter.get((ended, outcome) -> {
				});
				assertThat(work.entry()).isNotNull();
				peer.close();
				await().until(() -> this.observed.size() == 2);
				assertThat(recovered()).as("its process lives").isZero();
				line.close();
				await().until(() -> recovered() == 1);
				GotWork again = getter.get((ended, outcome) -> {
				});
				assertThat(again.id()).isEqualTo(work.id());
				again.close();
				assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
				GotWork.connection(work).close();
				await().until(() -> this.daemon.snapshot().recovery().held() == 0);
			}
		}
		finally {
			line.close();
		}
	}

	private long recovered() {
		return this.daemon.snapshot().recovery().fates().get(Fate.PUT_AGAIN);
	}

	private static ControlMessage.Welcome registerWithTable(Peer peer, LifeLine line) throws IOException {
		peer.connection.allowDescriptors(3);
		peer.connection
			.write(new ControlMessage.Hello("peer", 1, List.of("default"), 1, null, 0, null, Feature.names()));
		ControlMessage.Welcome welcome = (ControlMessage.Welcome) peer.connection.read();
		assertThat(welcome.table()).isNotNull();
		return welcome;
	}

	private static void finishRegistrationWithLifeLine(Peer peer, LifeLine line) throws IOException {
		peer.connection.write(new ControlMessage.Life(), List.of(line.otherEnd()));
		assertThat(peer.connection.read()).isInstanceOf(ControlMessage.Life.class);
		peer.connection.takeDescriptors().forEach(Descriptor::close);
		peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
	}

	@Test
	void shouldGiveNoTableToWorkerWhoseEndCannotBeTold() throws Exception {
		try (Peer peer = new Peer()) {
			peer.connection
				.write(new ControlMessage.Hello("peer", 1, List.of("default"), 1, null, 0, null, featuresWithout()));
			ControlMessage.Welcome welcome = (ControlMessage.Welcome) peer.connection.read();
			assertThat(welcome.table()).isNull();
			assertThat(peer.connection.takeDescriptors()).hasSize(1).allSatisfy(Descriptor::close);
			assertThat(this.queues.find("default").usesTable()).isFalse();
		}
	}

	/**
	 * Return the features that this version has, without some, and without life lines,
	 * which {@code DaemonLifeTests} is about.
	 */
	private static List<String> featuresWithout(String... some) {
		List<String> features = new ArrayList<>(Feature.names());
		features.remove("life-lines");
		features.removeAll(List.of(some));
		return features;
	}

	private ConnectionHistory putAndGet(Getter getter) throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.queues.put(WorkRequest.with(pipe.source()).history(new ConnectionHistory(1, 2)).build());
			try (Work work = getter.get((ended, outcome) -> {
			})) {
				return work.history();
			}
		}
	}

	@Test
	void shouldTellHowMuchMayBeGivenBackToWhomThatIsKnown() throws Exception {
		try (Peer peer = new Peer()) {
			peer.connection
				.write(new ControlMessage.Hello("peer", 4711, List.of("default"), 1, null, 0, null, featuresWithout()));
			peer.finishRegistration();
			List<ControlMessage> told = List.of(peer.connection.read(), peer.connection.read(), peer.connection.read());
			assertThat(told).contains(new ControlMessage.Keep(1, 0))
				.anySatisfy((message) -> assertThat(message).isInstanceOf(ControlMessage.Room.class));
			peer.connection.write(new ControlMessage.Want(1));
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
		}
		List<String> others = featuresWithout("room");
		try (Peer peer = new Peer()) {
			peer.connection.write(new ControlMessage.Hello("peer", 4711, List.of("default"), 1, null, 0, null, others));
			peer.finishRegistration();
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Candidate(true));
			this.daemon.quiesce();
			assertThat(peer.connection.read()).isEqualTo(ControlMessage.Order.of(OrderKind.QUIESCE));
		}
	}

	@RepeatedTest(20)
	void shouldPutWhatWorkerHasJustGivenBackWhenDaemonLeaves() throws Exception {
		try (Connections connections = new Connections();
				Connections.Connection connection = connections.connect();
				Peer peer = registered()) {
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
			peer.connection.write(new ControlMessage.Kept(1, 0));
			connection.client().getOutputStream().write('a');
			long before = Descriptor.open();
			peer.connection.write(new ControlMessage.Return(List.of("default")), List.of(connection.descriptor()));
			this.daemon.leave(Duration.ofSeconds(5));
			assertThat(this.daemon.hasKeptListeners()).isTrue();
			assertThat(this.requested.get()).isEqualTo(1);
			assertThatIOException().as("it keeps what it cannot give back")
				.isThrownBy(() -> peer.connection.write(new ControlMessage.Return(List.of("default")),
						List.of(connection.descriptor())));
			assertThat(Descriptor.open()).isLessThanOrEqualTo(before);
		}
	}

	@Test
	void shouldPutWhatHasHappenedOnConnectionThatComesHomeAsDaemonLeaves() throws Exception {
		CountDownLatch dismissed = new CountDownLatch(1);
		try (Connections connections = new Connections(); Peer peer = new Peer()) {
			peer.connection.write(new ControlMessage.Hello("peer", 4711, List.of("default"), 1, null, 0, null,
					List.of("connection-history")));
			assertThat(peer.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			List<Descriptor> queue = peer.connection.takeDescriptors();
			try (QueueReader reader = QueueReader.open("default", 1, queue.get(0));
					Getter getter = reader.newGetter()) {
				peer.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
				assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
				peer.connection.write(new ControlMessage.Kept(1, 0));
				// The daemon takes what comes after this when it has put all that it held
				this.onChanged = () -> awaitLatch(dismissed);
				peer.connection.write(new ControlMessage.Report(figures(WorkerState.QUIESCED), null));
				long before = System.nanoTime();
				giveBack(peer, connections, new Returned(4, before - 1000, 0L));
				this.putting = true;
				CompletableFuture<Void> left = CompletableFuture
					.runAsync(() -> this.daemon.leave(Duration.ofSeconds(5)));
				ControlMessage told = peer.connection.read();
				while (!(told instanceof ControlMessage.Refusal)) {
					told = peer.connection.read();
				}
				dismissed.countDown();
				left.get(10, TimeUnit.SECONDS);
				try (Work work = getter.get((ended, outcome) -> {
				})) {
					assertThat(work).isNotNull();
					assertThat(work.history()).isEqualTo(new ConnectionHistory(4, before - 1000));
				}
			}
		}
		finally {
			dismissed.countDown();
		}
	}

	private static void awaitLatch(CountDownLatch latch) {
		try {
			assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Test
	void shouldNotCountOnWorkerThatAsksLaterThanAnotherOne() throws Exception {
		try (Peer first = registered(); Peer second = registered()) {
			for (Peer peer : List.of(first, second)) {
				assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
				peer.connection.write(new ControlMessage.Kept(1, 0));
			}
			first.connection.write(new ControlMessage.Leave());
			CompletableFuture<Void> left = CompletableFuture.runAsync(() -> this.daemon.leave(Duration.ofSeconds(10)));
			await().until(() -> this.daemon.snapshot().state() != DaemonState.RUNNING);
			second.connection.write(new ControlMessage.Leave());
			left.get(10, TimeUnit.SECONDS);
			assertThat(this.daemon.hasKeptListeners()).isFalse();
		}
	}

	private DaemonSnapshot.IdleSnapshot idle() {
		return this.daemon.snapshot().idle().get(0);
	}

	@Test
	void shouldRefuseWhatIsNoListenerAndTakeTheWorker() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe();
				Connections connections = new Connections();
				Connections.Connection connection = connections.connect()) {
			List<Descriptor> others = List.of(pipe.source(), pipe.sink(), connection.descriptor());
			OpenFiles.assertNoneLeaked(5, () -> {
				long before = rejections(PeerRejection.NO_LISTENER);
				try (Peer peer = new Peer()) {
					peer.connection.write(helloWith(3), others);
					peer.finishRegistration();
					await().until(() -> this.daemon.snapshot().workers().size() == 1);
				}
				assertThat(rejections(PeerRejection.NO_LISTENER)).isEqualTo(before + 3);
				await().until(() -> this.daemon.snapshot().workers().isEmpty());
			});
		}
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 3, -1, Integer.MAX_VALUE })
	void shouldRefuseHelloThatSaysAnotherNumberOfListenersThanCome(int said) throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(3, () -> assertRejected(PeerRejection.PROTOCOL, (peer) -> {
				peer.connection.write(helloWith(said), List.of(pipe.source(), pipe.sink()));
				peer.assertClosed();
			}));
		}
	}

	@Test
	void shouldRefuseHelloWithMoreDescriptorsThanThereCanBeListeners() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(3, () -> assertRejected(PeerRejection.PROTOCOL, (peer) -> {
				peer.connection.write(helloWith(33), Collections.nCopies(33, pipe.source()));
				peer.assertClosed();
			}));
			OpenFiles.assertNoneLeaked(3, () -> assertRejected(PeerRejection.PROTOCOL, (peer) -> {
				peer.connection.write(helloWith(253), Collections.nCopies(253, pipe.source()));
				peer.assertClosed();
			}));
			OpenFiles.assertNoneLeaked(3, () -> assertRejected(PeerRejection.PROTOCOL, (peer) -> {
				peer.send(header(MAGIC_AND_VERSION, 1000));
				for (int i = 0; i < 4; i++) {
					peer.stream.write(new byte[] { ' ' }, Collections.nCopies(10, pipe.source()));
				}
				peer.assertClosed();
			}));
		}
	}

	@Test
	void shouldSayWhetherItHasTakenTheListenersOfWhomItRefuses() throws Exception {
		this.options.setApplication("shop");
		InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
		try (TcpListener other = TcpListener.bind(any, 1); Descriptor kept = other.duplicate()) {
			try (Peer peer = new Peer()) {
				peer.connection.write(new ControlMessage.Hello("peer", 4711, List.of("default"), 1, null, 1, "office"),
						List.of(kept));
				assertThat(peer.connection.read()).isInstanceOfSatisfying(ControlMessage.Refusal.class,
						(refusal) -> assertThat(refusal.listenersTaken()).isFalse());
			}
			assertThat(TcpSockets.isListening(kept)).isTrue();
			try (Peer peer = new Peer()) {
				peer.connection.write(new ControlMessage.Hello("peer", 4711, List.of("none"), 1, null, 1, "shop"),
						List.of(kept));
				assertThat(peer.connection.read()).isInstanceOfSatisfying(ControlMessage.Refusal.class,
						(refusal) -> assertThat(refusal.listenersTaken()).isTrue());
			}
			assertThat(TcpSockets.isListening(kept)).isFalse();
		}
	}

	@Test
	void shouldEndListenerThatIsNotConfiguredForAll() throws Exception {
		try (TcpListener other = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
				Descriptor kept = other.duplicate();
				Peer peer = new Peer()) {
			peer.connection.write(helloWith(1), List.of(kept));
			peer.finishRegistration();
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			assertThat(TcpSockets.isListening(kept)).isFalse();
			assertThat(peer.connection.read()).isEqualTo(new ControlMessage.Keep(1, 0));
			await().until(() -> worker().listeners() == 1);
			peer.connection.write(new ControlMessage.Kept(1, 0));
			await().until(() -> worker().listeners() == 0);
		}
	}

	@Test
	void shouldRegisterWorkerWhileManyPeersAreSilent() throws Exception {
		List<Peer> silent = new ArrayList<>();
		try {
			for (int i = 0; i < 50; i++) {
				silent.add(new Peer());
			}
			assertProperWorkerRegisters();
		}
		finally {
			silent.forEach(Peer::close);
		}
	}

	@Test
	void shouldCountNothingWhenPeerLeavesWithoutHello() throws Exception {
		OpenFiles.assertNoneLeaked(20, () -> new Peer().close());
		assertProperWorkerRegisters();
		assertThat(this.daemon.snapshot().rejectedPeers().values()).containsOnly(0L);
	}

	@Test
	void shouldPutBackControlSocketThatSomebodyDeleted() throws Exception {
		try (Peer peer = registered()) {
			Files.delete(this.directory.controlSocket());
			await().until(this::isConnectable);
			assertThat(this.daemon.snapshot().workers()).hasSize(1);
			assertThat(peer.stream.peer().pid()).isPositive();
		}
		await().until(() -> this.daemon.snapshot().workers().isEmpty());
		assertProperWorkerRegisters();
	}

	@Test
	void shouldPutBackDirectoryThatSomebodyDeleted() throws Exception {
		OpenFiles.assertNoneLeaked(2, () -> {
			deleteDirectory();
			await().until(this::isConnectable);
			assertThat(Files.getPosixFilePermissions(this.directory.path()))
				.isEqualTo(PosixFilePermissions.fromString("rwx------"));
			assertThat(this.directory.path().resolve("daemon.lock"))
				.hasContent(String.valueOf(ProcessHandle.current().pid()));
			assertProperWorkerRegisters();
		});
	}

	@Test
	void shouldGoOnWhileDirectoryCannotBePutBack() throws Exception {
		try (Peer peer = registered()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			await().until(this::replaceDirectoryByFile);
			this.daemon.setConcurrency(3);
			awaitConcurrency(peer, 3);
			assertThat(this.directory.path()).isRegularFile();
			Files.delete(this.directory.path());
			await().until(this::isConnectable);
			assertThat(this.daemon.snapshot().workers()).hasSize(1);
		}
		await().until(() -> this.daemon.snapshot().workers().isEmpty());
		assertProperWorkerRegisters();
	}

	@Test
	void shouldEndConnectionsWhenStopped() throws Exception {
		try (Peer peer = registered(); Peer silent = new Peer()) {
			await().until(() -> this.daemon.snapshot().workers().size() == 1);
			this.daemon.stop(Duration.ZERO);
			peer.assertClosed();
			silent.assertClosed();
			assertThatIOException().isThrownBy(Peer::new);
		}
	}

	// Its file is there before it listens (bind(2), listen(2))
	private boolean isConnectable() {
		try (Peer peer = new Peer()) {
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	// At once: it may be put back at any time
	private void deleteDirectory() throws IOException {
		Path deleted = this.parent.resolve("deleted-" + System.nanoTime());
		Files.move(this.directory.path(), deleted);
		FileSystemUtils.deleteRecursively(deleted);
	}

	private boolean replaceDirectoryByFile() throws IOException {
		deleteDirectory();
		try {
			Files.createFile(this.directory.path());
			return true;
		}
		catch (FileAlreadyExistsException ex) {
			return false;
		}
	}

	private void assertRejected(PeerRejection cause, PeerAction action) throws Exception {
		long before = rejections(cause);
		try (Peer peer = new Peer()) {
			action.run(peer);
		}
		await().until(() -> rejections(cause) == before + 1);
		await().until(() -> this.daemon.snapshot().workers().isEmpty());
		assertThat(this.daemon.snapshot()
			.rejectedPeers()
			.entrySet()
			.stream()
			.filter((entry) -> entry.getKey() != cause && entry.getValue() > 0)).isEmpty();
		assertProperWorkerRegisters();
	}

	private void assertRefused(@Nullable Membership membership) throws IOException {
		ProcessIdentity own = ProcessIdentity.of(ProcessHandle.current().pid());
		await().until(() -> this.daemon.snapshot()
			.refused()
			.equals(List.of(new DaemonSnapshot.RefusedWorker(own, membership))));
	}

	private void assertProperWorkerRegisters() throws IOException {
		try (Peer peer = registered()) {
			await().until(() -> !this.daemon.snapshot().workers().isEmpty());
		}
		await().until(() -> this.daemon.snapshot().workers().isEmpty());
	}

	private long rejections(PeerRejection cause) {
		return this.daemon.snapshot().rejectedPeers().get(cause);
	}

	private Peer registered() throws IOException {
		Peer peer = new Peer();
		peer.register();
		return peer;
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(5)).pollInterval(Duration.ofMillis(10));
	}

	private static ControlMessage.Hello hello(String... queues) {
		return new ControlMessage.Hello("peer", 4711, List.of(queues), 1, null, 0, null);
	}

	private static ControlMessage.Hello helloWith(int listeners) {
		return new ControlMessage.Hello("peer", 4711, List.of("default"), 1, null, listeners, null);
	}

	private static WorkerFigures figures(WorkerState state) {
		return new WorkerFigures(state, new WorkerFigures.Load(1, 2, 3),
				new WorkerFigures.Works(3, Map.of(WorkOutcome.SERVED, new WorkerFigures.Duration(1, 2)),
						new WorkerFigures.Wait(1, 2, 3, 4, 5, 6), Map.of(FrameDefect.MAGIC, 1L)),
				new WorkerFigures.Descriptors(4, 5, false, 0), new WorkerFigures.Process(1, 2, 3, 4, 5, 6, 7, 8),
				new WorkerFigures.Requests(1, 2, 3));
	}

	private static byte[] header(int magicAndVersion, int length) {
		return ByteBuffer.allocate(8).putInt(magicAndVersion).putInt(length).array();
	}

	@FunctionalInterface
	private interface PeerAction {

		void run(Peer peer) throws Exception;

	}

	/**
	 * The other side of a control connection.
	 */
	private final class Peer implements AutoCloseable {

		private final UnixStream stream;

		private final ControlConnection connection;

		Peer() throws IOException {
			this.stream = UnixStream.connect(ControlServerTests.this.directory.controlSocket());
			this.connection = new ControlConnection(this.stream);
			this.connection.setTimeout(Duration.ofSeconds(10));
			this.connection.allowDescriptors(32);
		}

		void register() throws IOException {
			this.connection.write(hello("default"));
			finishRegistration();
		}

		void finishRegistration() throws IOException {
			assertThat(this.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
			this.connection.takeDescriptors().forEach(Descriptor::close);
			this.connection.write(new ControlMessage.Report(figures(WorkerState.READY), null));
		}

		void send(byte[] bytes) throws IOException {
			this.stream.write(bytes, List.of());
		}

		void sendJson(String json) throws IOException {
			byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
			send(header(MAGIC_AND_VERSION, bytes.length));
			send(bytes);
		}

		void assertClosed() {
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
				while (this.connection.read() != null) {
					// What came before the end
					assertThat(this.connection).isNotNull();
				}
			}).satisfies((ex) -> assertThat(ex instanceof EOFException || ex.getMessage().contains("reset")).isTrue());
		}

		@Override
		public void close() {
			this.connection.close();
		}

	}

	private final class Observer implements WorkerObserver {

		@Override
		public void joined(DaemonSnapshot.WorkerSnapshot worker) {
			ControlServerTests.this.observed.add("joined " + worker.name());
		}

		@Override
		public void changed(DaemonSnapshot.WorkerSnapshot worker) {
			ControlServerTests.this.observed.add("changed " + worker.name());
			ControlServerTests.this.onChanged.run();
		}

		@Override
		public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
			ControlServerTests.this.observed.add("left " + worker.name() + ": " + reason);
		}

	}

	private final class Requests implements RequestSink {

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return ControlServerTests.this.queues.awaitRoom(queue, goOn);
		}

		@Override
		public void accept(WorkRequest request) {
			ControlServerTests.this.requested.incrementAndGet();
			if (request.history() != null) {
				ControlServerTests.this.histories.add(request.history());
			}
			if (ControlServerTests.this.putting) {
				ControlServerTests.this.queues.put(request);
			}
			request.close();
		}

		@Override
		public long dropped() {
			return 0;
		}

	}

}
