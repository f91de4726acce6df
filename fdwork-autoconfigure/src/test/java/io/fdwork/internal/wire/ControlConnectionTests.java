package io.fdwork.internal.wire;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link ControlConnection} and {@link ControlMessage}.
 */
@Timeout(60)
class ControlConnectionTests {

	private static final int MAGIC_AND_VERSION = 0x46444303;

	private static final String FEW_FIGURES = """
			{"state":"READY","active":1,"concurrency":2,"got":3,"ended":{"SERVED":{"count":1,"totalNanos":2}},
			"waited":{"count":1,"totalNanos":2,"p50Nanos":3,"p95Nanos":4,"p99Nanos":5,"maxNanos":6},"rejected":{},
			"openDescriptors":4,"leakedDescriptors":5,"paused":false,"pauses":0}""";

	@TempDir
	Path directory;

	private UnixStreamListener listener;

	private UnixStream rawPeer;

	private ControlConnection peer;

	private ControlConnection connection;

	@BeforeEach
	void connect() throws IOException {
		Path path = this.directory.resolve("s");
		this.listener = UnixStreamListener.bind(path, 8);
		this.rawPeer = UnixStream.connect(path);
		this.peer = new ControlConnection(this.rawPeer);
		this.connection = new ControlConnection(this.listener.accept());
		this.connection.setTimeout(Duration.ofSeconds(5));
		this.peer.setTimeout(Duration.ofSeconds(5));
	}

	@AfterEach
	void close() {
		this.peer.close();
		this.connection.close();
		this.listener.close();
	}

	static List<ControlMessage> messages() {
		WorkerFigures figures = new WorkerFigures(WorkerState.DRAINING, new WorkerFigures.Load(3, 64, 3),
				new WorkerFigures.Works(1234567890123L,
						Map.of(WorkOutcome.SERVED, new WorkerFigures.Duration(5, 6), WorkOutcome.FAILED,
								new WorkerFigures.Duration(0, 0)),
						new WorkerFigures.Wait(1, 2, 3, 4, 5, 6), Map.of(FrameDefect.MAGIC, 7L)),
				new WorkerFigures.Descriptors(8, 9, true, 10), new WorkerFigures.Process(1, 2, 3, 4, 5, 6, 7, 8),
				new WorkerFigures.Requests(9, 10, 11));
		WorkerFigures few = TestFigures.of(WorkerState.READY);
		WorkerFigures more = new WorkerFigures(WorkerState.READY, new WorkerFigures.Load(0, 1, 3, 8L),
				new WorkerFigures.Works(0, Map.of(), new WorkerFigures.Wait(0, 0, 0, 0, 0, 0), Map.of(),
						Map.of("default", Map.of(WorkOutcome.SERVED, new WorkerFigures.Duration(5, 6))), 7L, 9L,
						List.of(0L, 9L)),
				TestFigures.NO_DESCRIPTORS, new WorkerFigures.Process(1, 2, 3, 4, 5, 6, 7, 8, 9L),
				new WorkerFigures.Requests(9, 10, 11, Map.of(StatusClass.SUCCESS, new WorkerFigures.Duration(9, 10))),
				"down", new WorkerFigures.Spares(10, 11, 12L));
		return List.of(
				new ControlMessage.Hello("wörker \"1\"", 4711, List.of("default", "a b"), 64,
						new Membership("token", 3), 2, "app"),
				new ControlMessage.Welcome(4712, List.of(new Grant("default", Long.MIN_VALUE)), 1000,
						List.of(ControlMessage.Order.of(OrderKind.QUIESCE))),
				new ControlMessage.Hello("w", 1, List.of("q"), 1, null, 0, "shop", Feature.names()),
				new ControlMessage.Welcome(1, List.of(), 1, List.of(), List.of("one", "two")),
				new ControlMessage.Return(List.of("q")),
				new ControlMessage.Return(List.of("q", "q"),
						List.of(new Returned(7, Long.MIN_VALUE, 0L).at(new Place(Long.MAX_VALUE, 3, 4)),
								new Returned(0, 1, null))),
				new ControlMessage.Welcome(1, List.of(), 1, List.of(), List.of(), new TableGrant(-1, 2, 3)),
				new ControlMessage.Order(OrderKind.CONCURRENCY, 7), new ControlMessage.Room(Long.MAX_VALUE),
				new ControlMessage.Want(3), new ControlMessage.Keep(Long.MAX_VALUE, 32), new ControlMessage.Kept(1, 0),
				new ControlMessage.Refusal("no"), new ControlMessage.Refusal("no", true),
				new ControlMessage.Report(figures, "http://127.0.0.1:1/actuator"), new ControlMessage.Report(few, null),
				new ControlMessage.Leave(), new ControlMessage.Stay(41_000), new ControlMessage.Bye("end", figures),
				new ControlMessage.Bye("end", few), new ControlMessage.Bye("end", more));
	}

	@ParameterizedTest
	@MethodSource("messages")
	void shouldReadMessageThatWasWritten(ControlMessage message) throws IOException {
		this.peer.write(message);
		assertThat(this.connection.read()).isEqualTo(message);
		this.connection.write(message);
		assertThat(this.peer.read()).isEqualTo(message);
	}

	@Test
	void shouldReadMessagesInOrderWhenTheyCameAtOnce() throws IOException {
		for (ControlMessage message : messages()) {
			this.peer.write(message);
		}
		for (ControlMessage message : messages()) {
			assertThat(this.connection.read()).isEqualTo(message);
		}
	}

	@Test
	void shouldTakeDescriptorsThatCameWithMessage() throws IOException {
		this.connection.allowDescriptors(2);
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.peer.write(new ControlMessage.Refusal("with two"), List.of(pipe.source(), pipe.sink()));
			assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("with two"));
			List<Descriptor> descriptors = this.connection.takeDescriptors();
			assertThat(descriptors).hasSize(2);
			descriptors.forEach(Descriptor::close);
			this.peer.write(new ControlMessage.Refusal("without"));
			this.connection.read();
			assertThat(this.connection.takeDescriptors()).isEmpty();
		}
	}

	@Test
	void shouldTellPeer() throws IOException {
		assertThat(this.connection.peer().pid()).isEqualTo(ProcessHandle.current().pid());
		assertThat(this.connection.peer().uid()).isEqualTo(ControlAddress.uid());
	}

	@Test
	void shouldHaveTheLayoutOfTheDiagram() throws IOException {
		this.connection.write(new ControlMessage.Refusal("x"));
		byte[] frame = new byte[100];
		int length = this.rawPeer.read(frame, 0, frame.length);
		assertThat(ByteBuffer.wrap(frame).getInt()).isEqualTo(MAGIC_AND_VERSION);
		assertThat(ByteBuffer.wrap(frame).getInt(4)).isEqualTo(length - 8);
		assertThat(new String(frame, 8, length - 8, StandardCharsets.UTF_8))
			.isEqualTo("{\"type\":\"refusal\",\"reason\":\"x\"}");
	}

	@Test
	void shouldWriteThePartsOfFiguresAsMembersOfOneObject() throws IOException {
		this.connection.write(new ControlMessage.Report(TestFigures.of(WorkerState.READY), null));
		byte[] frame = new byte[1000];
		int length = this.rawPeer.read(frame, 0, frame.length);
		assertThat(new String(frame, 8, length - 8, StandardCharsets.UTF_8)).isEqualTo(
				"{\"type\":\"report\",\"figures\":{\"state\":\"READY\",\"active\":0,\"concurrency\":1,\"busy\":null,"
						+ "\"got\":0,\"ended\":{},\"waited\":{\"count\":0,\"totalNanos\":0,\"p50Nanos\":0,\"p95Nanos\":0,"
						+ "\"p99Nanos\":0,\"maxNanos\":0},\"rejected\":{},\"openDescriptors\":0,\"leakedDescriptors\":0,"
						+ "\"paused\":false,\"pauses\":0,\"process\":null,\"requests\":null},\"management\":null}");
	}

	@Test
	void shouldRefuseWhenPeerDoesNotSpeakTheProtocol() throws IOException {
		send("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
		assertProtocolException("does not speak the control protocol");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2, 4, 255 })
	void shouldRefuseWhenPeerSpeaksAnotherVersion(int version) throws IOException {
		send(header(0x46444300 | version, 1));
		assertProtocolException("speaks version " + version);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1, ControlConnection.MAX_LENGTH + 1, Integer.MAX_VALUE, Integer.MIN_VALUE })
	void shouldRefuseLengthBeforeItIsRead(int length) throws IOException {
		send(header(MAGIC_AND_VERSION, length));
		assertProtocolException("announced a message of " + Integer.toUnsignedString(length));
	}

	@ParameterizedTest
	@ValueSource(strings = { "{", "[]", "\"hello\"", "{}", "{\"type\":\"order\"}", "{\"type\":\"hello\",\"pid\":\"x\"}",
			"null", "{\"type\":\"refusal\"} {}", "{\"type\":\"report\",\"figures\":{\"state\":\"ASLEEP\"}}", "\0" })
	void shouldRefuseWhatIsNoMessage(String json) throws IOException {
		sendJson(json);
		assertProtocolException("sent JSON that is no control message");
	}

	@Test
	void shouldRefuseDeeplyNestedMessage() throws IOException {
		sendJson("{\"type\":\"hello\",\"queues\":" + "[".repeat(30_000));
		assertProtocolException("sent JSON that is no control message");
	}

	@Test
	void shouldReadMessageWithUnknownProperty() throws IOException {
		sendJson("{\"type\":\"refusal\",\"reason\":\"x\",\"since\":[{\"version\":2}]}");
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("x"));
	}

	@Test
	void shouldSkipMessageOfUnknownType() throws IOException {
		this.connection.allowDescriptors(1);
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			long before = Descriptor.open();
			byte[] json = "{\"type\":\"heartbeat\",\"since\":[{\"version\":2}]}".getBytes(StandardCharsets.UTF_8);
			this.rawPeer.write(header(MAGIC_AND_VERSION, json.length), List.of(pipe.source()));
			send(json);
			this.peer.write(new ControlMessage.Refusal("x"));
			assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("x"));
			assertThat(this.connection.takeDescriptors()).isEmpty();
			assertThat(Descriptor.open()).isEqualTo(before);
		}
	}

	@Test
	void shouldWaitNoLongerForMessageThanItsTimeWhenOthersAreSkipped() throws IOException {
		this.connection.setTimeout(Duration.ofMillis(50));
		sendJson("{\"type\":\"heartbeat\"}");
		assertThat(this.connection.read()).isNull();
		this.peer.write(new ControlMessage.Refusal("x"));
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("x"));
	}

	@Test
	void shouldRefuseMessageOfUnknownTypeThatMustBeUnderstood() throws IOException {
		sendJson("{\"type\":\"heartbeat\",\"mandatory\":true}");
		assertProtocolException("sent a message of type 'heartbeat', which must be understood");
	}

	@Test
	void shouldReadWhatNewerPeerKnowsMoreOf() throws IOException {
		sendJson("{\"type\":\"report\",\"figures\":" + FEW_FIGURES.replace("READY", "DREAMING")
			.replace("\"rejected\":{}", "\"rejected\":{\"NEW_DEFECT\":1,\"MAGIC\":2}")
			.replace("SERVED", "REPLAYED") + "}");
		assertThat(this.connection.read()).isInstanceOfSatisfying(ControlMessage.Report.class, (report) -> {
			assertThat(report.figures().state()).isEqualTo(WorkerState.UNKNOWN);
			assertThat(report.figures().works().rejected()).isEqualTo(Map.of(FrameDefect.MAGIC, 2L));
			assertThat(report.figures().works().ended()).isEmpty();
		});
		sendJson("{\"type\":\"order\",\"kind\":\"COLLECT\",\"concurrency\":0}");
		assertThat(this.connection.read()).isEqualTo(ControlMessage.Order.of(OrderKind.UNKNOWN));
		sendJson("{\"type\":\"hello\",\"name\":\"w\",\"pid\":1,\"queues\":[\"q\"],\"concurrency\":1,\"listeners\":0,"
				+ "\"features\":[\"connection-history\",\"telepathy\"]}");
		assertThat(this.connection.read()).isInstanceOfSatisfying(ControlMessage.Hello.class,
				(hello) -> assertThat(Feature.named(hello.features())).containsExactly(Feature.CONNECTION_HISTORY));
	}

	@Test
	void shouldReadHelloAndWelcomeOfVersionWithoutFeatures() throws IOException {
		sendJson("{\"type\":\"hello\",\"name\":\"w\",\"pid\":1,\"queues\":[\"q\"],\"concurrency\":1,\"listeners\":0}");
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Hello("w", 1, List.of("q"), 1, null, 0, null));
		sendJson("{\"type\":\"welcome\",\"pid\":1,\"queues\":[],\"reportIntervalMillis\":1,\"orders\":[]}");
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Welcome(1, List.of(), 1, List.of()));
	}

	@Test
	void shouldReadReportOfWorkerThatTellsLess() throws IOException {
		sendJson("{\"type\":\"report\",\"figures\":" + FEW_FIGURES + "}");
		assertThat(this.connection.read()).isInstanceOfSatisfying(ControlMessage.Report.class, (report) -> {
			assertThat(report.figures().works().got()).isEqualTo(3);
			assertThat(report.figures().process()).isNull();
			assertThat(report.figures().requests()).isNull();
			assertThat(report.management()).isNull();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://127.0.0.1:1", "https://localhost:65535/actuator", "http://[::1]:8081/a-b/c.d_e~f/",
			"http://[::ffff:1.2.3.4]:8081" })
	void shouldTakeAddressOfManagementServer(String address) {
		assertThat(ManagementAddress.isProper(address)).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "http://127.0.0.1", "http://127.0.0.1:", "http://127.0.0.1:123456", "ftp://a:1",
			"javascript:alert(1)", "http://user@a:1", "http://a:1/?x=y", "http://a:1/#x", "http://a:1/\n",
			"http://a:1\n", " http://a:1", "http://a:1/<script>", "http://a:1/%0a", "http://a b:1" })
	void shouldTakeNothingElseForAddressOfManagementServer(String address) {
		assertThat(ManagementAddress.isProper(address)).isFalse();
		assertThat(ManagementAddress.isProper("http://a:1/" + "x".repeat(300))).isFalse();
	}

	@Test
	void shouldReadMessageOfGreatestLength() throws IOException {
		String head = "{\"type\":\"refusal\",\"reason\":\"";
		String reason = "r".repeat(ControlConnection.MAX_LENGTH - head.length() - 2);
		sendJson(head + reason + "\"}");
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal(reason));
	}

	@Test
	void shouldWriteNothingWhenMessageIsTooLong() throws IOException {
		ControlMessage tooLong = new ControlMessage.Refusal("r".repeat(ControlConnection.MAX_LENGTH));
		assertThatIOException().isThrownBy(() -> this.peer.write(tooLong)).withMessageContaining("at most");
		this.peer.write(new ControlMessage.Refusal("short"));
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("short"));
	}

	@Test
	void shouldGoOnAfterTimeoutWhenTheRestComes() throws IOException {
		this.connection.setTimeout(Duration.ofMillis(20));
		assertThat(this.connection.read()).isNull();
		byte[] json = "{\"type\":\"refusal\",\"reason\":\"x\"}".getBytes(StandardCharsets.UTF_8);
		byte[] frame = ByteBuffer.allocate(8 + json.length)
			.putInt(MAGIC_AND_VERSION)
			.putInt(json.length)
			.put(json)
			.array();
		int[] cuts = { 0, 1, 5, 8, 9, frame.length - 1 };
		for (int i = 1; i < cuts.length; i++) {
			send(Arrays.copyOfRange(frame, cuts[i - 1], cuts[i]));
			assertThat(this.connection.read()).as("after %d bytes", cuts[i]).isNull();
		}
		send(new byte[] { frame[frame.length - 1] });
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("x"));
		this.peer.write(new ControlMessage.Refusal("next"));
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("next"));
	}

	@Test
	void shouldWaitNoLongerWhenPeerDripsBytes() throws Exception {
		this.connection.setTimeout(Duration.ofMillis(200));
		ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
		try {
			send(header(MAGIC_AND_VERSION, 1000));
			AtomicInteger sent = new AtomicInteger();
			Future<?> dripping = executor.scheduleAtFixedRate(() -> {
				try {
					send(new byte[] { ' ' });
					sent.incrementAndGet();
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}, 0, 20, TimeUnit.MILLISECONDS);
			assertThat(this.connection.read()).isNull();
			assertThat(dripping.isDone()).isFalse();
			assertThat(sent.get()).as("bytes that were waited for").isBetween(1, 900);
		}
		finally {
			executor.shutdownNow();
		}
	}

	@Test
	void shouldSayThatPeerHasGone() throws IOException {
		this.peer.write(new ControlMessage.Refusal("last"));
		this.peer.close();
		assertThat(this.connection.read()).isEqualTo(new ControlMessage.Refusal("last"));
		assertThatExceptionOfType(EOFException.class).isThrownBy(this.connection::read);
	}

	@Test
	void shouldSayThatPeerHasGoneInTheMiddleOfMessage() throws IOException {
		send(header(MAGIC_AND_VERSION, 100));
		this.peer.close();
		assertThatExceptionOfType(EOFException.class).isThrownBy(this.connection::read);
	}

	@Test
	void shouldFailToWriteWhenPeerHasGone() {
		this.peer.close();
		assertThatIOException().isThrownBy(() -> this.connection.write(new ControlMessage.Refusal("x")));
	}

	@Test
	void shouldKeepMessagesWholeWhenSeveralThreadsWrite() throws Exception {
		int threads = 4;
		int each = 100;
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		try {
			List<Future<?>> results = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				ControlMessage message = new ControlMessage.Refusal(String.valueOf(i).repeat(1000 * (i + 1)));
				results.add(executor.submit(() -> {
					for (int j = 0; j < each; j++) {
						this.peer.write(message);
					}
					return null;
				}));
			}
			for (int i = 0; i < threads * each; i++) {
				assertThat(this.connection.read()).isInstanceOfSatisfying(ControlMessage.Refusal.class,
						(refusal) -> assertThat(refusal.reason().chars().distinct().count()).isEqualTo(1));
			}
			for (Future<?> result : results) {
				result.get(5, TimeUnit.SECONDS);
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private void assertProtocolException(String message) {
		assertThatExceptionOfType(ControlProtocolException.class).isThrownBy(this.connection::read)
			.withMessageContaining(message);
	}

	private void sendJson(String json) throws IOException {
		byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
		send(header(MAGIC_AND_VERSION, bytes.length));
		send(bytes);
	}

	private void send(byte[] bytes) throws IOException {
		this.rawPeer.write(bytes, List.of());
	}

	private static byte[] header(int magicAndVersion, int length) {
		return ByteBuffer.allocate(8).putInt(magicAndVersion).putInt(length).array();
	}

}
