package io.fdwork;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;

import io.fdwork.descriptor.Descriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link WorkRequest} and {@link WorkLimits}.
 */
class WorkRequestTests {

	private Descriptor.Pipe pipe;

	@BeforeEach
	void open() throws IOException {
		this.pipe = Descriptor.pipe();
	}

	@AfterEach
	void close() {
		this.pipe.close();
	}

	@Test
	void shouldHaveDefaults() {
		WorkRequest request = builder().build();
		assertThat(request.queue()).isEqualTo("default");
		assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
		assertThat(request.remoteAddress()).isNull();
		assertThat(request.localAddress()).isNull();
		assertThat(request.parameters()).isEmpty();
		assertThat(request.payload()).isEmpty();
		assertThat(request.descriptors()).containsExactly(this.pipe.source());
		assertThat(request.keepsDescriptors()).isFalse();
	}

	@Test
	void shouldHaveWhatWasBuilt() {
		InetSocketAddress remote = new InetSocketAddress("192.0.2.1", 1);
		InetSocketAddress local = new InetSocketAddress("192.0.2.2", 2);
		WorkRequest request = builder().descriptor(this.pipe.sink())
			.queue("q")
			.remoteAddress(remote)
			.localAddress(local)
			.parameter("b", "1")
			.parameter("a", "2")
			.payload(new byte[] { 1 })
			.build();
		assertThat(request.queue()).isEqualTo("q");
		assertThat(request.remoteAddress()).isEqualTo(remote);
		assertThat(request.localAddress()).isEqualTo(local);
		assertThat(request.parameters()).containsExactly(Map.entry("b", "1"), Map.entry("a", "2"));
		assertThat(request.payload()).containsExactly(1);
		assertThat(request.descriptors()).containsExactly(this.pipe.source(), this.pipe.sink());
		assertThat(request).hasToString("WorkRequest " + request.id() + " for queue 'q' from " + remote + " (OPEN)");
	}

	@Test
	void shouldBeImmutable() {
		byte[] payload = { 1 };
		WorkRequest.Builder builder = builder().parameter("a", "1").payload(payload);
		WorkRequest request = builder.build();
		payload[0] = 2;
		builder.parameter("b", "2").descriptor(this.pipe.sink());
		request.payload()[0] = 3;
		assertThat(request.payload()).containsExactly(1);
		assertThat(request.parameters()).containsExactly(Map.entry("a", "1"));
		assertThat(request.descriptors()).hasSize(1);
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> request.parameters().put("c", "3"));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> request.descriptors().clear());
	}

	@Test
	void shouldHaveIdThatNoOtherHas() {
		RequestId first = builder().build().id();
		RequestId second = builder().build().id();
		assertThat(second.number()).isGreaterThan(first.number());
		assertThat(second.origin()).isEqualTo(first.origin());
		assertThat(new RequestId(0x0a, 12)).hasToString("0000000a-12");
	}

	@Test
	void shouldCloseDescriptorsOnceWhenClosed() {
		WorkRequest request = builder().descriptor(this.pipe.sink()).build();
		request.close();
		request.close();
		assertThat(request.state()).isEqualTo(WorkRequest.State.CLOSED);
		assertThat(this.pipe.source().isOpen()).isFalse();
		assertThat(this.pipe.sink().isOpen()).isFalse();
	}

	@Test
	void shouldOwnNothingWhenItCannotBeBuilt() {
		WorkRequest.Builder builder = builder().payload(new byte[WorkLimits.MAX_PAYLOAD_BYTES + 1]);
		assertThatExceptionOfType(WorkLimitExceededException.class).isThrownBy(builder::build);
		assertThat(this.pipe.source().isOpen()).isTrue();
	}

	@Test
	void shouldCloseDescriptorsWhenPut() throws IOException {
		WorkRequest request = builder().build();
		put(request);
		assertThat(request.state()).isEqualTo(WorkRequest.State.PUT);
		assertThat(this.pipe.source().isOpen()).isFalse();
		request.close();
		assertThat(request.state()).isEqualTo(WorkRequest.State.PUT);
		assertThatExceptionOfType(WorkQueueException.class).isThrownBy(request::beginPut)
			.withMessageContaining("(PUT) cannot be put again");
	}

	@Test
	void shouldKeepDescriptorsWhenPut() throws IOException {
		WorkRequest request = builder().keepDescriptors().build();
		assertThat(request.keepsDescriptors()).isTrue();
		put(request);
		request.close();
		assertThat(this.pipe.source().isOpen()).isTrue();
	}

	@Test
	void shouldCloseKeptDescriptorsWhenDroppedBeforeThePut() {
		WorkRequest request = builder().keepDescriptors().build();
		request.close();
		assertThat(this.pipe.source().isOpen()).isFalse();
	}

	@Test
	void shouldNotBePutWhenClosed() {
		WorkRequest request = builder().build();
		request.close();
		assertThatExceptionOfType(WorkQueueException.class).isThrownBy(request::beginPut)
			.withMessageContaining("(CLOSED) cannot be put again");
	}

	@Test
	void shouldBePutByOneAtATime() throws IOException {
		WorkRequest request = builder().build();
		try (WorkRequest.Put put = request.beginPut()) {
			assertThat(request.state()).isEqualTo(WorkRequest.State.BEING_PUT);
			assertThatExceptionOfType(WorkQueueException.class).isThrownBy(request::beginPut)
				.withMessageContaining("(BEING_PUT) cannot be put again");
			assertThat(put.send(() -> false)).isFalse();
			assertThat(request.state()).isEqualTo(WorkRequest.State.BEING_PUT);
		}
		assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
		assertThat(this.pipe.source().isOpen()).isTrue();
		put(request);
	}

	@Test
	void shouldChangeNothingWhenAttemptFails() {
		WorkRequest request = builder().build();
		try (WorkRequest.Put put = request.beginPut()) {
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> put.send(() -> {
				throw new IOException("expected");
			}));
		}
		assertThat(request.state()).isEqualTo(WorkRequest.State.OPEN);
		assertThat(this.pipe.source().isOpen()).isTrue();
	}

	@Test
	void shouldNotBeSentWhenClosedWhileBeingPut() {
		WorkRequest request = builder().build();
		try (WorkRequest.Put put = request.beginPut()) {
			request.close();
			assertThat(this.pipe.source().isOpen()).isFalse();
			assertThatExceptionOfType(WorkQueueException.class).isThrownBy(() -> put.send(() -> true))
				.withMessageContaining("(CLOSED) cannot be put any more");
		}
		assertThat(request.state()).isEqualTo(WorkRequest.State.CLOSED);
	}

	private static void put(WorkRequest request) throws IOException {
		try (WorkRequest.Put put = request.beginPut()) {
			assertThat(put.send(() -> true)).isTrue();
		}
	}

	@Test
	void shouldLimitDescriptors() {
		WorkRequest.Builder builder = builder();
		for (int i = 1; i < WorkLimits.MAX_DESCRIPTORS; i++) {
			builder.descriptor(this.pipe.sink());
		}
		assertThat(builder.build().descriptors()).hasSize(WorkLimits.MAX_DESCRIPTORS);
		assertExceeds(builder.descriptor(this.pipe.sink()), "MAX_DESCRIPTORS", WorkLimits.MAX_DESCRIPTORS);
	}

	@Test
	void shouldLimitParameters() {
		WorkRequest.Builder builder = builder();
		for (int i = 0; i < WorkLimits.MAX_PARAMETERS; i++) {
			builder.parameter("name" + i, "value");
		}
		assertThat(builder.build().parameters()).hasSize(WorkLimits.MAX_PARAMETERS);
		assertThat(builder.parameter("name0", "again").build().parameters()).hasSize(WorkLimits.MAX_PARAMETERS);
		assertExceeds(builder.parameter("another", "value"), "MAX_PARAMETERS", WorkLimits.MAX_PARAMETERS);
	}

	@Test
	void shouldLimitBytesOfParametersAsEncoded() {
		String name = "\u00fc".repeat(500);
		String value = "v".repeat(WorkLimits.MAX_PARAMETER_BYTES - 1000);
		assertThat(builder().parameter(name, value).build().parameters()).hasSize(1);
		assertExceeds(builder().parameter(name, value + "v"), "MAX_PARAMETER_BYTES", WorkLimits.MAX_PARAMETER_BYTES);
	}

	@Test
	void shouldLimitPayload() {
		byte[] payload = new byte[WorkLimits.MAX_PAYLOAD_BYTES];
		assertThat(builder().payload(payload).build().payload()).hasSize(WorkLimits.MAX_PAYLOAD_BYTES);
		assertExceeds(builder().payload(new byte[payload.length + 1]), "MAX_PAYLOAD_BYTES",
				WorkLimits.MAX_PAYLOAD_BYTES);
	}

	private static void assertExceeds(WorkRequest.Builder builder, String limit, int allowed) {
		assertThatExceptionOfType(WorkLimitExceededException.class).isThrownBy(builder::build)
			.withMessageContaining("WorkLimits." + limit)
			.satisfies((ex) -> assertThat(List.of(ex.getLimit(), ex.getAllowed(), ex.getActual()))
				.isEqualTo(List.of(limit, allowed, allowed + 1)));
	}

	private WorkRequest.Builder builder() {
		return WorkRequest.with(this.pipe.source());
	}

}
