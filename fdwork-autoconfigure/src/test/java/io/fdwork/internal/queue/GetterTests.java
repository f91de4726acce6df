package io.fdwork.internal.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkLimits;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.FrameDefectException;
import io.fdwork.internal.wire.WorkFrame;
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
		ByteBuffer frame = ByteBuffer.allocateDirect(2 * WorkFrame.MAX_LENGTH);
		WorkFrame.encode(WorkRequest.with(this.pipe.source()).parameter("name", "value").build(), Set.of(), sequence, 1,
				frame);
		return frame.order(ByteOrder.LITTLE_ENDIAN);
	}

}
