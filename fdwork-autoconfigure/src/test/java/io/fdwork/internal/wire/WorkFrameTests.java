package io.fdwork.internal.wire;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

import io.fdwork.WorkLimits;
import io.fdwork.ConnectionHistory;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link WorkFrame}.
 */
class WorkFrameTests {

	private static final InetSocketAddress IPV4 = address("192.0.2.7", 65535);

	private static final InetSocketAddress IPV6 = address("2001:db8::7", 8080);

	private final ByteBuffer buffer = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH + 1);

	@Test
	void shouldReadWhatWasWritten() throws Exception {
		WorkRequest request = request((builder) -> builder.remoteAddress(IPV4)
			.localAddress(IPV6)
			.parameter("user", "Ütz")
			.parameter("", "")
			.parameter("last", "")
			.payload(new byte[] { 0, -1, 1 }));
		WorkMetadata metadata = roundTrip(request, 42, -7);
		assertThat(metadata.id()).isEqualTo(request.id());
		assertThat(metadata.queue()).isEqualTo("q");
		assertThat(metadata.sequence()).isEqualTo(42);
		assertThat(metadata.putNanos()).isEqualTo(-7);
		assertThat(metadata.remoteAddress()).isEqualTo(IPV4);
		assertThat(metadata.localAddress()).isEqualTo(IPV6);
		assertThat(metadata.parameters()).containsExactly(Map.entry("user", "Ütz"), Map.entry("", ""),
				Map.entry("last", ""));
		assertThat(metadata.payload()).containsExactly(0, -1, 1);
	}

	@Test
	void shouldReadEmptyRequest() throws Exception {
		WorkMetadata metadata = roundTrip(emptyRequest(), Long.MAX_VALUE, Long.MIN_VALUE);
		assertThat(metadata.sequence()).isEqualTo(Long.MAX_VALUE);
		assertThat(metadata.putNanos()).isEqualTo(Long.MIN_VALUE);
		assertThat(metadata.remoteAddress()).isNull();
		assertThat(metadata.localAddress()).isNull();
		assertThat(metadata.parameters()).isEmpty();
		assertThat(metadata.payload()).isEmpty();
	}

	@Test
	void shouldFitWhenEverythingIsAtItsLimit() throws Exception {
		WorkRequest request = request(WorkFrameTests::fillToTheLimit);
		WorkMetadata metadata = roundTrip(request, 1, 1);
		assertThat(this.buffer.getInt(WorkFrame.LENGTH_OFFSET)).isLessThanOrEqualTo(WorkFrame.MAX_LENGTH);
		assertThat(metadata.parameters()).hasSize(WorkLimits.MAX_PARAMETERS).isEqualTo(request.parameters());
		assertThat(metadata.payload()).isEqualTo(request.payload()).hasSize(WorkLimits.MAX_PAYLOAD_BYTES);
		assertThat(metadata.remoteAddress()).isEqualTo(IPV6);
	}

	private static void fillToTheLimit(WorkRequest.Builder builder) {
		builder.remoteAddress(IPV6).localAddress(IPV6);
		int each = WorkLimits.MAX_PARAMETER_BYTES / WorkLimits.MAX_PARAMETERS;
		for (int i = 0; i < WorkLimits.MAX_PARAMETERS; i++) {
			builder.parameter("%02d".formatted(i), "v".repeat(each - 2));
		}
		byte[] payload = new byte[WorkLimits.MAX_PAYLOAD_BYTES];
		new Random(1).nextBytes(payload);
		builder.payload(payload);
	}

	@Test
	void shouldStayWithinStandardLengthWhenRequestIsConnection() throws Exception {
		for (InetSocketAddress address : List.of(IPV4, IPV6)) {
			encode(request((builder) -> builder.remoteAddress(address).localAddress(address)), 1, 1);
			assertThat(this.buffer.remaining()).isLessThanOrEqualTo(WorkFrame.STANDARD_LENGTH);
		}
	}

	@Test
	void shouldLeaveOutAddressWhenItIsUnresolved() throws Exception {
		InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere", 1);
		WorkMetadata metadata = roundTrip(request((builder) -> builder.remoteAddress(unresolved)), 1, 1);
		assertThat(metadata.remoteAddress()).isNull();
	}

	@Test
	void shouldHaveTheLayoutOfTheDiagram() throws Exception {
		WorkRequest request = request((builder) -> builder.remoteAddress(IPV4).parameter("n", "vv"));
		encode(request, 5, 6);
		ByteBuffer frame = this.buffer.order(ByteOrder.LITTLE_ENDIAN);
		byte[] magic = new byte[4];
		frame.get(0, magic);
		assertThat(magic).asString(StandardCharsets.US_ASCII).isEqualTo("FDWK");
		assertThat(frame.getShort(4)).isEqualTo((short) 1);
		assertThat(frame.getShort(6)).isEqualTo((short) 1);
		assertThat(frame.getInt(8)).isEqualTo(40 + 10 + 9).isEqualTo(frame.remaining());
		assertThat(frame.getInt(12)).isEqualTo(request.id().origin());
		assertThat(frame.getLong(16)).isEqualTo(request.id().number());
		assertThat(frame.getLong(24)).isEqualTo(5);
		assertThat(frame.getLong(32)).isEqualTo(6);
		byte[] fields = new byte[19];
		frame.get(40, fields);
		assertThat(fields).containsExactly(1, 0, 6, 0, 0xff, 0xff, 192, 0, 2, 7, 3, 0, 5, 0, 1, 0, 'n', 'v', 'v');
	}

	@Test
	void shouldGiveMapThatCannotBeChanged() throws Exception {
		Map<String, String> parameters = roundTrip(request((builder) -> builder.parameter("a", "b")), 1, 1)
			.parameters();
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> parameters.put("c", "d"));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 4, 39 })
	void shouldRejectWhenHeaderIsTruncated(int received) throws Exception {
		encode(emptyRequest(), 1, 1);
		assertDefect(FrameDefect.TRUNCATED, received, 1);
	}

	@Test
	void shouldRejectWhenMagicIsWrong() throws Exception {
		forge((frame) -> frame.putInt(WorkFrame.MAGIC_OFFSET, WorkFrame.MAGIC + 1));
		assertDefect(FrameDefect.MAGIC);
		forge((frame) -> frame.put(0, (byte) 'f'));
		assertDefect(FrameDefect.MAGIC);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 2, 257, 0xffff })
	void shouldRejectWhenVersionIsAnother(int version) throws Exception {
		forge((frame) -> frame.putShort(WorkFrame.VERSION_OFFSET, (short) version));
		assertDefect(FrameDefect.VERSION);
	}

	@ParameterizedTest
	@ValueSource(ints = { -1000, -1, 1, 1000, Integer.MIN_VALUE, Integer.MAX_VALUE })
	void shouldRejectWhenLengthIsAnother(int difference) throws Exception {
		forge((frame) -> frame.putInt(WorkFrame.LENGTH_OFFSET, frame.remaining() + difference));
		assertDefect(FrameDefect.LENGTH);
	}

	@Test
	void shouldRejectWhenFrameIsLongerThanAFrameCanBe() throws Exception {
		encode(emptyRequest(), 1, 1);
		this.buffer.clear().putInt(WorkFrame.LENGTH_OFFSET, WorkFrame.MAX_LENGTH + 1);
		assertDefect(FrameDefect.LENGTH, WorkFrame.MAX_LENGTH + 1, 1);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, WorkLimits.MAX_DESCRIPTORS + 1, 253, 0xffff })
	void shouldRejectWhenCountIsNotAllowed(int count) throws Exception {
		forge((frame) -> frame.putShort(WorkFrame.DESCRIPTORS_OFFSET, (short) count));
		assertDefect(FrameDefect.COUNT, this.buffer.remaining(), count);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 2, 60 })
	void shouldRejectWhenOtherNumberOfDescriptorsCame(int came) throws Exception {
		encode(emptyRequest(), 1, 1);
		assertDefect(FrameDefect.DESCRIPTORS, this.buffer.remaining(), came);
	}

	@Test
	void shouldReadAsManyDescriptorsAsAllowed() throws Exception {
		forge((frame) -> frame.putShort(WorkFrame.DESCRIPTORS_OFFSET, (short) WorkLimits.MAX_DESCRIPTORS));
		WorkMetadata metadata = WorkFrame.decode(this.buffer, this.buffer.remaining(), WorkLimits.MAX_DESCRIPTORS, "q");
		assertThat(metadata.remoteAddress()).isEqualTo(IPV4);
	}

	@Test
	void shouldSkipFieldOfUnknownType() throws Exception {
		forgeFields(99, 0, 3, 0, 1, 2, 3, 4, 0, 1, 0, 'p', 0xff, 0x7f, 0, 0);
		WorkMetadata metadata = WorkFrame.decode(this.buffer, this.buffer.remaining(), 1, "q");
		assertThat(metadata.payload()).containsExactly('p');
	}

	@Test
	void shouldRejectWhenFieldGoesBeyondTheEnd() throws Exception {
		assertFieldDefect(4, 0, 2, 0, 'p');
		assertFieldDefect(99, 0, 0xff, 0xff, 1);
		assertFieldDefect(4, 0, 1, 0, 'p', 4);
		assertFieldDefect(4, 0, 1);
	}

	@Test
	void shouldRejectWhenParameterIsCut() throws Exception {
		assertFieldDefect(3, 0, 0, 0);
		assertFieldDefect(3, 0, 1, 0, 0);
		assertFieldDefect(3, 0, 3, 0, 2, 0, 'n');
		assertFieldDefect(3, 0, 2, 0, 0xff, 0xff);
	}

	@Test
	void shouldRejectWhenAddressHasWrongLength() throws Exception {
		for (int length : new int[] { 0, 1, 2, 5, 7, 17, 19 }) {
			for (int type : new int[] { 1, 2 }) {
				int[] field = new int[4 + length];
				field[0] = type;
				field[2] = length;
				assertFieldDefect(field);
			}
		}
	}

	@Test
	void shouldCarryHistoryToWorkersThatHaveNamedIt() throws Exception {
		ConnectionHistory history = new ConnectionHistory(Integer.MAX_VALUE, Long.MIN_VALUE);
		WorkRequest request = request((builder) -> builder.remoteAddress(IPV4).history(history).payload(new byte[3]));
		assertThat(roundTrip(request, 1, 1).history()).isNull();
		WorkFrame.encode(request, Set.of(Feature.CONNECTION_HISTORY), 1, 1, this.buffer.clear());
		WorkMetadata metadata = WorkFrame.decode(this.buffer, this.buffer.remaining(), 1, "q");
		assertThat(metadata.history()).isEqualTo(history);
		assertThat(metadata.payload()).hasSize(3);
	}

	@Test
	void shouldRejectWhenHistoryHasWrongLength() throws Exception {
		assertFieldDefect(5, 0, 4, 0, 1, 0, 0, 0);
		assertFieldDefect(5, 0, 13, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3);
	}

	@Test
	void shouldCarryPlaceInTheTable() throws Exception {
		Place place = new Place(Long.MIN_VALUE, Integer.MAX_VALUE, (1L << 40) - 1);
		WorkRequest request = request(
				(builder) -> builder.remoteAddress(IPV6).localAddress(IPV6).history(new ConnectionHistory(1, 2)));
		WorkFrame.encode(request, place, Set.of(Feature.CONNECTION_HISTORY), 1, 1, this.buffer.clear());
		assertThat(this.buffer.remaining()).isLessThanOrEqualTo(WorkFrame.STANDARD_LENGTH);
		assertThat(WorkFrame.decode(this.buffer, this.buffer.remaining(), 1, "q").place()).isEqualTo(place);
		assertThat(roundTrip(request, 1, 1).place()).isNull();
	}

	@Test
	void shouldCarryWhatWasReadAlready() throws Exception {
		byte[] preread = new byte[WorkFrame.MAX_PREREAD];
		new Random(1).nextBytes(preread);
		WorkRequest request = request((builder) -> builder.remoteAddress(IPV6)
			.localAddress(IPV6)
			.parameter("name", "x".repeat(WorkLimits.MAX_PARAMETER_BYTES - 4))
			.payload(new byte[WorkLimits.MAX_PAYLOAD_BYTES])
			.history(new ConnectionHistory(1, 2)));
		WorkFrame.encode(request, new Place(1, 2, 3), preread, Set.of(Feature.CONNECTION_HISTORY), 1, 1,
				this.buffer.clear());
		assertThat(this.buffer.remaining()).isLessThanOrEqualTo(WorkFrame.MAX_LENGTH);
		assertThat(this.buffer.getShort(this.buffer.limit() - preread.length - 4) & 0xffff).as("must be understood")
			.isEqualTo(0x8007);
		assertThat(WorkFrame.decode(this.buffer, this.buffer.remaining(), 1, "q").preread()).isEqualTo(preread);
		assertThat(roundTrip(request, 1, 1).preread()).isEmpty();
	}

	@Test
	void shouldRejectWhenPlaceHasWrongLength() throws Exception {
		assertFieldDefect(6, 0, 4, 0, 1, 0, 0, 0);
	}

	@Test
	void shouldRejectUnknownFieldOnlyWhenItMustBeUnderstood() throws Exception {
		forgeFields(99, 0, 1, 0, 'x');
		assertThat(WorkFrame.decode(this.buffer.clear(), WorkFrame.HEADER_LENGTH + 5, 1, "q").payload()).isEmpty();
		forgeFields(99, 0x80, 1, 0, 'x');
		assertDefect(FrameDefect.MANDATORY_FIELD);
		assertThatExceptionOfType(FrameDefectException.class)
			.isThrownBy(() -> WorkFrame.decode(this.buffer.clear(), WorkFrame.HEADER_LENGTH + 5, 1, "q"))
			.withMessage("A frame has a field of type 99 that must be understood, and this side does not know it");
	}

	@Test
	void shouldReadNextFrameWhenOneWasRejected() throws Exception {
		WorkRequest request = request(WorkFrameTests::fillToTheLimit);
		assertFieldDefect(4, 0, 2, 0, 'p');
		assertThat(roundTrip(request, 1, 1).payload()).isEqualTo(request.payload());
		assertFieldDefect(3, 0, 0, 0);
		assertThat(roundTrip(request, 1, 1).payload()).isEqualTo(request.payload());
	}

	@Test
	void shouldGiveMetadataOrDefectWhateverCame() throws Exception {
		Random random = new Random(20260101);
		List<WorkRequest> requests = List.of(emptyRequest(),
				request((builder) -> builder.remoteAddress(IPV4).localAddress(IPV6)),
				request((builder) -> builder.parameter("name", "value").parameter("x", "y").payload(new byte[20])),
				request(WorkFrameTests::fillToTheLimit));
		int read = 0;
		int rejected = 0;
		for (int i = 0; i < 20_000; i++) {
			encode(requests.get(i % requests.size()), random.nextLong(), random.nextLong());
			int length = mutate(random, this.buffer.remaining());
			try {
				WorkMetadata metadata = WorkFrame.decode(this.buffer, length, 1, "q");
				assertThat(metadata.payload()).hasSizeLessThan(WorkFrame.MAX_LENGTH);
				read++;
			}
			catch (FrameDefectException ex) {
				assertThat(ex.getDefect()).isNotEqualTo(FrameDefect.EXHAUSTED);
				rejected++;
			}
		}
		assertThat(read).as("frames that were read").isGreaterThan(1000);
		assertThat(rejected).as("frames that were rejected").isGreaterThan(1000);
	}

	private int mutate(Random random, int length) {
		this.buffer.clear();
		for (int mutations = random.nextInt(4); mutations >= 0; mutations--) {
			// Half of them behind the header, where the fields are
			int index = (random.nextBoolean()) ? random.nextInt(length)
					: Math.min(length - 1, WorkFrame.HEADER_LENGTH + random.nextInt(64));
			this.buffer.put(index, (byte) random.nextInt());
		}
		if (random.nextInt(4) > 0) {
			return length;
		}
		int other = random.nextInt(WorkFrame.MAX_LENGTH + 2);
		this.buffer.putInt(WorkFrame.LENGTH_OFFSET, other);
		return other;
	}

	private void assertFieldDefect(int... fields) throws Exception {
		forgeFields(fields);
		assertDefect(FrameDefect.FIELD);
	}

	private void forge(Consumer<ByteBuffer> forger) throws IOException {
		encode(request((builder) -> builder.remoteAddress(IPV4)), 1, 1);
		forger.accept(this.buffer);
	}

	private void forgeFields(int... fields) throws IOException {
		encode(emptyRequest(), 1, 1);
		this.buffer.limit(WorkFrame.HEADER_LENGTH + fields.length);
		for (int i = 0; i < fields.length; i++) {
			this.buffer.put(WorkFrame.HEADER_LENGTH + i, (byte) fields[i]);
		}
		this.buffer.putInt(WorkFrame.LENGTH_OFFSET, this.buffer.limit());
	}

	private void assertDefect(FrameDefect defect) {
		assertDefect(defect, this.buffer.remaining(), 1);
	}

	private void assertDefect(FrameDefect defect, int received, int descriptors) {
		assertThatExceptionOfType(FrameDefectException.class)
			.isThrownBy(() -> WorkFrame.decode(this.buffer.clear(), received, descriptors, "q"))
			.satisfies((ex) -> assertThat(ex.getDefect()).as(ex.getMessage()).isEqualTo(defect));
	}

	private WorkMetadata roundTrip(WorkRequest request, long sequence, long putNanos) throws FrameDefectException {
		encode(request, sequence, putNanos);
		int length = this.buffer.remaining();
		// As after a receive
		this.buffer.clear().position(length);
		return WorkFrame.decode(this.buffer, length, 1, "q");
	}

	private void encode(WorkRequest request, long sequence, long putNanos) {
		WorkFrame.encode(request, Set.of(), sequence, putNanos, this.buffer.clear());
	}

	private static WorkRequest emptyRequest() throws IOException {
		return request((builder) -> {
		});
	}

	private static WorkRequest request(Consumer<WorkRequest.Builder> customizer) throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			WorkRequest.Builder builder = WorkRequest.with(pipe.source());
			customizer.accept(builder);
			return builder.queue("q").build();
		}
	}

	private static InetSocketAddress address(String ip, int port) {
		try {
			return new InetSocketAddress(InetAddress.getByName(ip), port);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
