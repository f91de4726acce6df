package io.fdwork.internal.worker;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import io.fdwork.ForgottenDescriptors;
import io.fdwork.NoDaemonObserver;
import io.fdwork.NoRequests;
import io.fdwork.NoWorkerObserver;
import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.LifeLine;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.daemon.Daemon;
import io.fdwork.internal.daemon.DaemonDirectory;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Grant;
import io.fdwork.internal.wire.ManagementAddress;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.internal.wire.WorkFrame;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import io.fdwork.worker.WorkerState;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Throws mutated frames and control messages at both ends, with descriptors of all kinds,
 * and looks what is left of them. With {@code -Dfdwork.fuzz.count=1000000} there are as
 * many, and {@code -Dfdwork.fuzz.seed} makes them others.
 */
class FuzzTests {

	private static final Logger logger = LoggerFactory.getLogger(FuzzTests.class);

	private static final long COUNT = Long.getLong("fdwork.fuzz.count", 2000);

	private static final long SEED = Long.getLong("fdwork.fuzz.seed", 20260131);

	private static final int GETTERS = 4;

	private static final int MAX_FD = 60;

	/**
	 * What the heap may grow by: classes, buffers that are kept, and what a collection
	 * leaves.
	 */
	private static final long MAX_HEAP_GROWTH = 16 * 1024 * 1024;

	/**
	 * How many messages one connection may have that each leave it open.
	 */
	private static final int MAX_CONVERSATION = 400;

	/**
	 * Nothing is got until it is told to go on.
	 */
	private static final int QUIESCE_ONE_IN = 200;

	private static final String BYE = "conversed";

	private static final List<String> LIFE_LINES = List.of("life-lines");

	// As that of control connections
	private static final JsonMapper mapper = JsonMapper.builder()
		.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
		.build();

	@TempDir
	Path parent;

	private final Mutator mutator = new Mutator(SEED);

	private final List<Descriptor> kinds = new ArrayList<>();

	private final AtomicLong served = new AtomicLong();

	private long conversations;

	private Descriptor.Pipe pipe;

	private LifeLine lifeLine;

	@BeforeEach
	void openKinds() throws IOException {
		this.pipe = Descriptor.pipe();
		this.lifeLine = LifeLine.open();
		this.kinds.add(this.pipe.source());
		this.kinds.add(this.pipe.sink());
		Descriptor.Pipe broken = Descriptor.pipe();
		broken.source().close();
		this.kinds.add(broken.sink());
		try (MessagePair pair = MessagePair.open();
				RandomAccessFile file = new RandomAccessFile("/dev/null", "rw");
				RandomAccessFile regular = new RandomAccessFile(this.parent.resolve("file").toFile(), "rw")) {
			regular.setLength(4096);
			this.kinds.add(pair.receivingEnd().duplicate());
			this.kinds.add(Descriptor.duplicateOf(file));
			this.kinds.add(Descriptor.duplicateOf(regular));
		}
	}

	@AfterEach
	void closeKinds() {
		this.kinds.forEach(Descriptor::close);
		this.pipe.close();
		this.lifeLine.close();
	}

	@Test
	void shouldSurviveMutatedFrames() throws Exception {
		try (FakeDaemon daemon = new FakeDaemon(); RunningWorker running = new RunningWorker(daemon.directory)) {
			daemon.accept();
			daemon.welcome();
			daemon.follow();
			assertServes(daemon);
			Resources resources = new Resources();
			ByteBuffer buffer = ByteBuffer.allocateDirect(2 * WorkFrame.MAX_LENGTH);
			long before = running.taken();
			long start = System.nanoTime();
			for (long i = 0; i < COUNT; i++) {
				daemon.send(this.mutator.frame(buffer, this.pipe.source()),
						this.mutator.descriptors(this.kinds, MAX_FD));
			}
			await("each frame is got or rejected", () -> running.taken() == before + COUNT);
			report("frames", COUNT, start, running.figures().works().rejected());
			assertThat(running.figures().works().rejected().values()).as(seed()).anyMatch((rejected) -> rejected > 0);
			resources.assertSame();
			assertServes(daemon);
		}
	}

	/**
	 * As fast as one thread can, without descriptors: the shortest way to make garbage.
	 */
	@Test
	void shouldKeepHeapFlatWhileFramesAreForgedFast() throws Exception {
		try (FakeDaemon daemon = new FakeDaemon(); RunningWorker running = new RunningWorker(daemon.directory)) {
			daemon.accept();
			daemon.welcome();
			daemon.follow();
			assertServes(daemon);
			List<ByteBuffer> frames = new ArrayList<>();
			for (int i = 0; i < 256; i++) {
				ByteBuffer frame = ByteBuffer.allocateDirect(2 * WorkFrame.MAX_LENGTH);
				frames.add(this.mutator.frame(frame, this.pipe.source()));
			}
			Resources resources = new Resources();
			long before = running.taken();
			long forged = COUNT * 20;
			long start = System.nanoTime();
			for (long i = 0; i < forged; i++) {
				daemon.send(frames.get((int) (i % frames.size())).duplicate(), List.of());
			}
			await("each frame is rejected", () -> running.taken() == before + forged);
			report("frames without descriptors", forged, start, running.figures().works().rejected());
			resources.assertSame();
			assertServes(daemon);
		}
	}

	@Test
	void shouldSurviveMutatedControlMessagesAtDaemon() throws Exception {
		DaemonOptions options = new DaemonOptions();
		options.setHandshakeTimeout(Duration.ofSeconds(2));
		try (DaemonDirectory directory = DaemonDirectory.open(this.parent.resolve("run"));
				KernelQueues queues = KernelQueues.create(Map.of("default", 16))) {
			ByeObserver observer = new ByeObserver();
			Daemon daemon = new Daemon(directory, queues, options, new NoRequests(), observer);
			daemon.start();
			try {
				registerProperly(directory, daemon);
				Resources resources = new Resources();
				long start = System.nanoTime();
				List<UnixStream> slow = new ArrayList<>();
				long messages = 0;
				while (messages < COUNT) {
					messages += attackDaemon(directory);
					drip(slow, directory);
				}
				slow.forEach(UnixStream::close);
				await("no worker is left", () -> daemon.snapshot().workers().isEmpty());
				await("each message of each conversation was understood",
						() -> observer.byes.get() == this.conversations);
				report("control messages to a daemon", messages, start,
						this.conversations + " conversations, " + daemon.snapshot().rejectedPeers());
				resources.assertSame();
				registerProperly(directory, daemon);
			}
			finally {
				daemon.stop(Duration.ZERO);
			}
		}
	}

	private long attackDaemon(DaemonDirectory directory) throws IOException {
		long sent = 0;
		try (UnixStream stream = UnixStream.connect(directory.controlSocket())) {
			ControlConnection connection = new ControlConnection(stream);
			connection.setTimeout(Duration.ofSeconds(5));
			connection.allowDescriptors(32);
			if (this.mutator.random.nextInt(4) == 0) {
				boolean lines = this.mutator.random.nextBoolean();
				connection.write((lines) ? helloWithLifeLine() : hello());
				ControlMessage answer = connection.read();
				connection.takeDescriptors().forEach(Descriptor::close);
				sent++;
				if (answer instanceof ControlMessage.Welcome && this.mutator.random.nextInt(4) > 0) {
					if (lines && !isLifeLineGiven(connection)) {
						return sent + 1;
					}
					return sent + conversation(() -> converseWithDaemon(stream, connection));
				}
			}
			int messages = 1 + this.mutator.random.nextInt(6);
			for (int i = 0; i < messages; i++) {
				ControlMessage message = switch (this.mutator.random.nextInt(6)) {
					case 0 -> hello();
					case 1 -> helloWithLifeLine();
					case 2 -> new ControlMessage.Life();
					case 3 -> new ControlMessage.Bye("x", figures());
					default -> new ControlMessage.Report(figures(), "http://127.0.0.1:1/actuator");
				};
				stream.write(this.mutator.message(message), this.mutator.descriptors(this.kinds, 50));
				sent++;
			}
		}
		catch (IOException ex) {
			logger.trace("The daemon has ended the connection", ex);
			sent++;
		}
		return sent;
	}

	/**
	 * Take the life line of the daemon, and give one, or something else.
	 * @return whether the daemon must go on
	 */
	private boolean isLifeLineGiven(ControlConnection connection) throws IOException {
		assertThat(connection.read()).isInstanceOf(ControlMessage.Life.class);
		connection.takeDescriptors().forEach(Descriptor::close);
		List<Descriptor> ends = this.mutator.ends(this.lifeLine, this.kinds);
		connection.write(new ControlMessage.Life(), ends);
		return isLifeLine(ends);
	}

	private boolean isLifeLine(List<Descriptor> ends) {
		return ends.isEmpty() || ends.equals(List.of(this.lifeLine.otherEnd()));
	}

	/**
	 * Report properly, then send what the daemon must understand, however odd, and say
	 * bye, so that it shows that it did. Or end with what it must end the connection for.
	 */
	private long converseWithDaemon(UnixStream stream, ControlConnection connection) throws IOException {
		connection.write(new ControlMessage.Report(figures(), null));
		// A daemon that finds nobody to tell this looks for no bye
		assertThat(connection.read()).isInstanceOf(ControlMessage.Keep.class);
		long sent = 1;
		for (int i = this.mutator.random.nextInt(MAX_CONVERSATION); i > 0; i--) {
			List<Descriptor> descriptors = this.mutator.someDescriptors(this.kinds, ControlMessage.MAX_RETURNS);
			byte[] json = this.mutator.gently(switch (this.mutator.random.nextInt(3)) {
				case 0 -> new ControlMessage.Kept(this.mutator.random.nextLong(), this.mutator.random.nextInt());
				case 1 -> new ControlMessage.Return(Collections.nCopies(descriptors.size(), "default"));
				default -> new ControlMessage.Report(figures(), "http://127.0.0.1:9090/actuator");
			});
			boolean understood = isUnderstoodByDaemon(json, descriptors.size());
			if (understood || this.mutator.isTimeToEnd()) {
				stream.write(Mutator.frame(json), descriptors);
				sent++;
				if (!understood) {
					return sent;
				}
			}
		}
		connection.write(new ControlMessage.Bye(BYE, figures()));
		this.conversations++;
		return sent + 1;
	}

	private static boolean isUnderstoodByDaemon(byte[] json, int descriptors) {
		ControlMessage message = parse(json);
		if (message instanceof ControlMessage.Return given) {
			return given.queues() != null && given.queues().size() == descriptors
					&& given.queues().stream().allMatch("default"::equals);
		}
		if (message instanceof ControlMessage.Report report) {
			WorkerFigures figures = report.figures();
			return descriptors == 0 && figures != null && figures.hasAll()
					&& (report.management() == null || ManagementAddress.isProper(report.management()));
		}
		return descriptors == 0 && message instanceof ControlMessage.Kept;
	}

	private static long conversation(Callable<Long> conversation) {
		try {
			return conversation.call();
		}
		catch (Exception ex) {
			throw new AssertionError("A connection ended on which nothing wrong was said, " + seed(), ex);
		}
	}

	private static @Nullable ControlMessage parse(byte[] json) {
		try {
			return mapper.readValue(json, ControlMessage.class);
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	/**
	 * Have some peers that send byte by byte, and some that say nothing, besides.
	 */
	private void drip(List<UnixStream> slow, DaemonDirectory directory) throws IOException {
		if (slow.size() < 8) {
			slow.add(UnixStream.connect(directory.controlSocket()));
		}
		UnixStream stream = slow.get(this.mutator.random.nextInt(slow.size()));
		try {
			stream.write(new byte[] { 0x46 }, List.of());
		}
		catch (IOException ex) {
			logger.trace("The daemon has ended the connection", ex);
			stream.close();
			slow.remove(stream);
		}
	}

	private void registerProperly(DaemonDirectory directory, Daemon daemon) throws IOException {
		try (UnixStream stream = UnixStream.connect(directory.controlSocket())) {
			ControlConnection connection = new ControlConnection(stream);
			connection.setTimeout(Duration.ofSeconds(5));
			connection.allowDescriptors(32);
			connection.write(hello());
			assertThat(connection.read()).as(seed()).isInstanceOf(ControlMessage.Welcome.class);
			connection.takeDescriptors().forEach(Descriptor::close);
			connection.write(new ControlMessage.Report(figures(), null));
			await("a proper worker registers", () -> daemon.snapshot().readyWorkers() == 1);
		}
		await("it has left", () -> daemon.snapshot().workers().isEmpty());
	}

	@Test
	void shouldSurviveMutatedControlMessagesAtWorker() throws Exception {
		try (FakeDaemon daemon = new FakeDaemon(); RunningWorker running = new RunningWorker(daemon.directory)) {
			daemon.accept();
			daemon.welcome();
			daemon.follow();
			assertServes(daemon);
			Resources resources = new Resources();
			long start = System.nanoTime();
			long messages = 0;
			daemon.hangUp();
			while (messages < COUNT) {
				daemon.accept();
				messages += attackWorker(daemon);
				daemon.hangUp();
			}
			report("control messages to a worker", messages, start,
					this.conversations + " conversations, last " + running.worker.snapshot().problem());
			daemon.accept();
			daemon.welcome();
			daemon.follow();
			await("the worker is ready", () -> running.worker.snapshot().state() == WorkerState.READY);
			resources.assertSame();
			assertServes(daemon);
		}
	}

	private long attackWorker(FakeDaemon daemon) {
		long sent = 1;
		try {
			if (this.mutator.random.nextInt(3) == 0) {
				List<Descriptor> ends = this.mutator.ends(this.lifeLine, this.kinds);
				daemon.welcome(ends);
				if (isLifeLine(ends) && this.mutator.random.nextInt(4) > 0) {
					return sent + conversation(() -> converseWithWorker(daemon));
				}
			}
			else {
				List<Descriptor> descriptors = new ArrayList<>(this.mutator.descriptors(this.kinds, 4));
				if (this.mutator.random.nextBoolean()) {
					descriptors = List.of(daemon.receivingEnd);
				}
				daemon.write(this.mutator.message(daemon.newWelcome()), descriptors);
			}
			int orders = this.mutator.random.nextInt(20);
			for (int i = 0; i < orders; i++) {
				daemon.write(this.mutator.message(order()), this.mutator.descriptors(this.kinds, 20));
				sent++;
			}
		}
		catch (IOException ex) {
			logger.trace("The worker has ended the connection", ex);
		}
		return sent;
	}

	/**
	 * Send what the worker must understand, however odd, and look that it did. Or end
	 * with what it must end the connection for.
	 */
	private long converseWithWorker(FakeDaemon daemon) throws IOException {
		daemon.follow();
		long sent = 0;
		for (int i = this.mutator.random.nextInt(MAX_CONVERSATION); i > 0; i--) {
			List<Descriptor> descriptors = this.mutator.someDescriptors(this.kinds, ControlMessage.MAX_LISTENERS);
			byte[] json = this.mutator.gently((this.mutator.random.nextBoolean() || !descriptors.isEmpty())
					? new ControlMessage.Keep(0, descriptors.size()) : order());
			boolean understood = isUnderstoodByWorker(json, descriptors.size());
			if (understood || this.mutator.isTimeToEnd()) {
				daemon.write(Mutator.frame(json), descriptors);
				sent++;
				if (!understood) {
					return sent;
				}
			}
		}
		this.conversations++;
		long revision = this.conversations;
		daemon.connection.write(new ControlMessage.Keep(revision, 0));
		await("the worker has understood each message", () -> daemon.kept == revision);
		return sent + 1;
	}

	private ControlMessage order() {
		OrderKind[] kinds = OrderKind.values();
		OrderKind kind = kinds[this.mutator.random.nextInt(kinds.length)];
		if (kind == OrderKind.QUIESCE && this.mutator.random.nextInt(QUIESCE_ONE_IN) > 0) {
			kind = OrderKind.CONCURRENCY;
		}
		return new ControlMessage.Order(kind, this.mutator.random.nextInt());
	}

	private static boolean isUnderstoodByWorker(byte[] json, int descriptors) {
		ControlMessage message = parse(json);
		if (message instanceof ControlMessage.Keep keep) {
			// A revision of a conversation is said once
			return keep.listeners() == descriptors && keep.revision() <= 0;
		}
		return descriptors == 0 && message instanceof ControlMessage.Order order && order.kind() != null;
	}

	private void assertServes(FakeDaemon daemon) throws IOException {
		long before = this.served.get();
		ByteBuffer frame = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH);
		WorkFrame.encode(WorkRequest.with(this.pipe.source()).payload(Mutator.PROOF).build(), Set.of(), 1,
				System.nanoTime(), frame);
		daemon.send(frame, List.of(this.pipe.source()));
		await("a proper request is served", () -> this.served.get() > before);
	}

	private static ControlMessage.Hello hello() {
		return new ControlMessage.Hello("fuzz", ProcessHandle.current().pid(), List.of("default"), 1, null, 0, null);
	}

	private static ControlMessage.Hello helloWithLifeLine() {
		return new ControlMessage.Hello("fuzz", ProcessHandle.current().pid(), List.of("default"), 1, null, 0, null,
				LIFE_LINES);
	}

	private static WorkerFigures figures() {
		return new WorkerFigures(WorkerState.READY, new WorkerFigures.Load(0, 1, null), TestFigures.works(0),
				TestFigures.NO_DESCRIPTORS, new WorkerFigures.Process(1, 2, 3, 4, 5, 6, 7, 8),
				new WorkerFigures.Requests(1, 2, 3));
	}

	private static void report(String what, long count, long start, Object detail) {
		double seconds = (System.nanoTime() - start) / 1e9;
		logger.info("{} {} in {} s, {} a second: {}. {}", count, what, "%.1f".formatted(seconds),
				Math.round(count / seconds), detail, seed());
	}

	private static String seed() {
		return "-Dfdwork.fuzz.seed=" + SEED + " -Dfdwork.fuzz.count=" + COUNT;
	}

	private static void await(String what, BooleanSupplier condition) {
		Awaitility.await(what + ", " + seed())
			.atMost(Duration.ofSeconds(60))
			.pollInterval(Duration.ofMillis(10))
			.until(condition::getAsBoolean);
	}

	/**
	 * What must be the same afterwards.
	 */
	private static final class Resources {

		private final int files = OpenFiles.count();

		private final int threads = ManagementFactory.getThreadMXBean().getThreadCount();

		private final long heap = heap();

		private final long leaked = ForgottenDescriptors.countAtRest();

		void assertSame() {
			// The JVM has a few of its own that come and go; a leak would be of hundreds
			OpenFiles.awaitAtMost(this.files + 4);
			await("no threads are left over",
					() -> ManagementFactory.getThreadMXBean().getThreadCount() <= this.threads + 4);
			assertThat(heap()).as("heap, " + seed()).isLessThan(this.heap + MAX_HEAP_GROWTH);
			assertThat(ForgottenDescriptors.countAtRest()).as("forgotten descriptors, " + seed())
				.isEqualTo(this.leaked);
		}

		private static long heap() {
			System.gc();
			return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
		}

	}

	/**
	 * Makes wrong things from right ones.
	 */
	private static final class Mutator {

		static final byte[] PROOF = "proof".getBytes(StandardCharsets.US_ASCII);

		private static final int[] NUMBERS = { 0, 1, -1, 16, 17, 60, 61, 253, 8192, 65535, 65536, Integer.MAX_VALUE,
				Integer.MIN_VALUE };

		private static final String[] TEXTS = { "", "\0", "default", "READY", "report", "\ud83d\ude00", "\ud800",
				"null", "x".repeat(10_000) };

		private final Random random;

		Mutator(long seed) {
			this.random = new Random(seed);
		}

		/**
		 * Write the frame of a request, most often wrong in some place.
		 * @return the buffer, flipped
		 */
		ByteBuffer frame(ByteBuffer buffer, Descriptor descriptor) {
			WorkRequest.Builder builder = WorkRequest.with(descriptor)
				.remoteAddress(new InetSocketAddress("127.0.0.1", 1 + this.random.nextInt(65535)))
				.payload(new byte[this.random.nextInt(1000)]);
			for (int i = this.random.nextInt(5); i > 0; i--) {
				builder.parameter("name" + i, "v".repeat(this.random.nextInt(100)));
			}
			buffer.clear().limit(WorkFrame.MAX_LENGTH);
			Place place = (this.random.nextBoolean())
					? new Place(this.random.nextInt(3), this.random.nextInt(), this.random.nextInt()) : null;
			WorkFrame.encode(builder.build(), place, Set.of(), this.random.nextLong() & 0xffff, System.nanoTime(),
					buffer);
			byte[] frame = new byte[buffer.remaining()];
			buffer.get(frame);
			return buffer.clear().put(mutate(frame, WorkFrame.MAX_LENGTH + 100)).flip();
		}

		byte[] message(ControlMessage message) {
			byte[] json = mapper.writeValueAsBytes(message);
			if (this.random.nextBoolean()) {
				json = mutate(json, ControlConnection.MAX_LENGTH);
			}
			byte[] frame = frame(json);
			return (this.random.nextInt(3) == 0) ? mutate(frame, ControlConnection.MAX_LENGTH) : frame;
		}

		static byte[] frame(byte[] json) {
			return ByteBuffer.allocate(8 + json.length)
				.putInt(0x464443 << 8 | ControlConnection.VERSION)
				.putInt(json.length)
				.put(json)
				.array();
		}

		/**
		 * Change the values in a message, which most often leaves one that is understood.
		 * @return its JSON
		 */
		byte[] gently(ControlMessage message) {
			ObjectNode root = (ObjectNode) mapper.readTree(mapper.writeValueAsBytes(message));
			for (int i = this.random.nextInt(4); i > 0; i--) {
				change(root);
			}
			return mapper.writeValueAsBytes(root);
		}

		private void change(ObjectNode object) {
			List<String> names = List.copyOf(object.propertyNames());
			if (names.isEmpty()) {
				return;
			}
			String name = names.get(this.random.nextInt(names.size()));
			JsonNode value = object.get(name);
			if (value instanceof ObjectNode nested && this.random.nextInt(8) > 0) {
				change(nested);
				return;
			}
			switch (this.random.nextInt(8)) {
				case 0 -> object.remove(name);
				case 1 -> object.putNull(name);
				case 2 -> object.put("unknown" + this.random.nextInt(3), "x".repeat(this.random.nextInt(1000)));
				case 3 -> object.putObject("nested").putArray("of").add(number()).addNull().addObject();
				default -> {
					if (value.isNumber()) {
						object.put(name, (this.random.nextBoolean()) ? number() : this.random.nextLong());
					}
					else if (value.isString()) {
						object.put(name, TEXTS[this.random.nextInt(TEXTS.length)]);
					}
				}
			}
		}

		/**
		 * Return whether to send what ends a connection.
		 */
		boolean isTimeToEnd() {
			return this.random.nextInt(200) == 0;
		}

		/**
		 * Choose what should be the end of a life line: most often it is.
		 */
		List<Descriptor> ends(LifeLine line, List<Descriptor> kinds) {
			return (this.random.nextInt(3) == 0) ? descriptors(kinds, 4) : List.of(line.otherEnd());
		}

		List<Descriptor> someDescriptors(List<Descriptor> kinds, int max) {
			return (this.random.nextInt(20) == 0) ? descriptors(kinds, max) : List.of();
		}

		/**
		 * Choose descriptors: most often one, as it should be.
		 */
		List<Descriptor> descriptors(List<Descriptor> kinds, int max) {
			int count = switch (this.random.nextInt(5)) {
				case 0 -> 0;
				case 1 -> this.random.nextInt(max + 1);
				default -> 1;
			};
			List<Descriptor> descriptors = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				descriptors.add(kinds.get(this.random.nextInt(kinds.size())));
			}
			return descriptors;
		}

		private byte[] mutate(byte[] bytes, int maxLength) {
			byte[] mutated = bytes.clone();
			for (int i = this.random.nextInt(4); i > 0 && mutated.length > 8; i--) {
				int place = this.random.nextInt(mutated.length - 4);
				switch (this.random.nextInt(6)) {
					case 0 -> mutated[place] ^= (byte) (1 << this.random.nextInt(8));
					case 1 -> ByteBuffer.wrap(mutated).putInt(place, number());
					case 2 -> ByteBuffer.wrap(mutated).putInt(place & ~3, Integer.reverseBytes(number()));
					case 3 -> mutated = Arrays.copyOf(mutated, 1 + place);
					case 4 -> mutated = Arrays.copyOf(mutated,
							Math.min(maxLength, mutated.length + 1 + this.random.nextInt(maxLength)));
					default ->
						mutated[this.random.nextInt(Math.min(40, mutated.length))] = (byte) this.random.nextInt();
				}
			}
			return mutated;
		}

		private int number() {
			return NUMBERS[this.random.nextInt(NUMBERS.length)];
		}

	}

	/**
	 * A worker that counts what it serves.
	 */
	private final class RunningWorker implements AutoCloseable {

		private final Worker worker;

		RunningWorker(Path directory) {
			WorkerOptions options = new WorkerOptions(directory, GETTERS);
			options.getQueues().add("default");
			options.setMinReconnectDelay(Duration.ofMillis(1));
			options.setMaxReconnectDelay(Duration.ofMillis(1));
			this.worker = new Worker(options, ApplicationProbes.NONE, ServingMode.PLATFORM_THREADS, List::of,
					this::serve, new NoDaemonObserver());
			this.worker.start();
		}

		private void serve(Work work) {
			// Whatever a handler could look at
			assertThat(work.toString() + work.parameters() + work.remoteAddress()).isNotEmpty();
			if (Arrays.equals(work.payload(), Mutator.PROOF)) {
				FuzzTests.this.served.incrementAndGet();
			}
		}

		WorkerFigures figures() {
			return this.worker.snapshot().figures();
		}

		long taken() {
			WorkerFigures figures = figures();
			return figures.works().ended().values().stream().mapToLong(WorkerFigures.Duration::count).sum()
					+ figures.works().rejected().values().stream().mapToLong(Long::longValue).sum();
		}

		@Override
		public void close() {
			this.worker.stop(Duration.ofSeconds(10));
			assertThat(figures().works().ended().get(WorkOutcome.FAILED).count()).as(seed()).isZero();
		}

	}

	/**
	 * The daemon's side of the control socket and of a queue, which says what it is told
	 * to.
	 */
	private final class FakeDaemon implements AutoCloseable {

		private final Path directory;

		private final UnixStreamListener listener;

		// Short: a worker that is told to quiesce waits for those who get
		private final MessagePair pair = MessagePair.open();

		private final Descriptor receivingEnd = this.pair.receivingEnd().duplicate();

		private UnixStream stream;

		private ControlConnection connection;

		private Thread follower;

		// What the worker has answered last
		private volatile long kept;

		FakeDaemon() throws IOException {
			this.directory = Files.createDirectory(FuzzTests.this.parent.resolve("fake"));
			this.listener = UnixStreamListener.bind(ControlAddress.in(this.directory), 8);
			this.listener.setTimeout(Duration.ofSeconds(30));
		}

		void accept() throws IOException {
			this.stream = this.listener.accept();
			assertThat(this.stream).as("the worker connects again, " + seed()).isNotNull();
			this.connection = new ControlConnection(this.stream);
			this.connection.setTimeout(Duration.ofSeconds(10));
			assertThat(this.connection.read()).as(seed()).isInstanceOf(ControlMessage.Hello.class);
		}

		ControlMessage.Welcome newWelcome() {
			return new ControlMessage.Welcome(4711, List.of(new Grant("default", 1)), 1000,
					List.of(ControlMessage.Order.of(OrderKind.RESUME)), LIFE_LINES);
		}

		void welcome() throws IOException {
			welcome(List.of(FuzzTests.this.lifeLine.otherEnd()));
		}

		void welcome(List<Descriptor> ends) throws IOException {
			this.connection.write(newWelcome(), List.of(this.receivingEnd));
			this.connection.write(new ControlMessage.Life(), ends);
		}

		void write(byte[] bytes, List<Descriptor> descriptors) throws IOException {
			this.stream.write(bytes, descriptors);
		}

		/**
		 * Read what the worker reports.
		 */
		void follow() {
			ControlConnection followed = this.connection;
			this.follower = new Thread(() -> {
				try {
					ControlMessage message = followed.read();
					while (message != null) {
						if (message instanceof ControlMessage.Kept answer) {
							this.kept = answer.revision();
						}
						message = followed.read();
					}
				}
				catch (IOException ex) {
					logger.trace("The connection has ended", ex);
				}
			}, "test-follower");
			this.follower.setDaemon(true);
			this.follower.start();
		}

		void hangUp() throws InterruptedException {
			this.stream.close();
			if (this.follower != null) {
				this.follower.join(10_000);
				this.follower = null;
			}
		}

		void send(ByteBuffer frame, List<Descriptor> descriptors) throws IOException {
			while (!this.pair.sendingEnd().send(frame, descriptors)) {
				this.pair.sendingEnd().awaitRoom(Duration.ofMillis(100));
			}
		}

		@Override
		public void close() {
			if (this.stream != null) {
				this.stream.close();
			}
			this.listener.close();
			this.receivingEnd.close();
			this.pair.close();
		}

	}

	/**
	 * Counts the workers that have said bye.
	 */
	private static final class ByeObserver extends NoWorkerObserver {

		private final AtomicLong byes = new AtomicLong();

		@Override
		public void left(DaemonSnapshot.WorkerSnapshot worker, String reason) {
			if (reason.equals("bye: " + BYE)) {
				this.byes.incrementAndGet();
			}
		}

	}

}
