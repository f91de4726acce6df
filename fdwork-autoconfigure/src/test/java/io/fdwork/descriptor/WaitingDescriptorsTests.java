package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collections;

import io.fdwork.OpenFiles;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link WaitingDescriptors}.
 */
@Timeout(60)
class WaitingDescriptorsTests {

	@Test
	void shouldCountWhatNobodyHasReceived() throws Exception {
		try (MessagePair pair = MessagePair.open();
				Descriptor.Pipe pipe = Descriptor.pipe();
				Receiver receiver = pair.receivingEnd().newReceiver()) {
			OpenFiles.assertNoneLeaked(3, () -> {
				try (WaitingDescriptors waiting = pair.receivingEnd().openCount()) {
					assertThat(waiting.count()).hasValue(0);
					assertThat(pair.receivingEnd().isEmpty()).isTrue();
					assertThat(receiver.isEmpty()).isTrue();
					send(pair, pipe.source(), 1);
					send(pair, pipe.source(), 5);
					assertThat(waiting.count()).hasValue(6);
					assertThat(pair.receivingEnd().isEmpty()).isFalse();
					assertThat(receiver.isEmpty()).isFalse();
					receive(receiver);
					assertThat(waiting.count()).hasValue(5);
					receive(receiver);
					assertThat(waiting.count()).hasValue(0);
					assertThat(pair.receivingEnd().isEmpty()).isTrue();
					assertThat(receiver.isEmpty()).isTrue();
				}
			});
		}
	}

	@Test
	void shouldCountForThreadThatIsInterrupted() throws Exception {
		try (MessagePair pair = MessagePair.open(); WaitingDescriptors waiting = pair.receivingEnd().openCount()) {
			Thread.currentThread().interrupt();
			assertThat(waiting.count()).hasValue(0);
			assertThat(Thread.interrupted()).isTrue();
			assertThat(waiting.count()).hasValue(0);
		}
	}

	@Test
	void shouldFailWhenClosed() throws Exception {
		try (MessagePair pair = MessagePair.open()) {
			WaitingDescriptors waiting = pair.receivingEnd().openCount();
			waiting.close();
			waiting.close();
			assertThatIOException().isThrownBy(waiting::count);
		}
	}

	@Test
	void shouldTellNothingWhenKernelDoesNotCount() {
		assertThat(WaitingDescriptors.parse("pos:\t0\nflags:\t02\nmnt_id:\t9\n")).isEmpty();
		assertThat(WaitingDescriptors.parse("")).isEmpty();
		assertThat(WaitingDescriptors.parse("pos:\t0\nflags:\t02\nmnt_id:\t9\nino:\t1\nscm_fds: 17\n")).hasValue(17);
		assertThat(WaitingDescriptors.parse("scm_fds:\t0\nmore:\t1\n")).hasValue(0);
	}

	private static void send(MessagePair pair, Descriptor descriptor, int count) throws IOException {
		assertThat(pair.sendingEnd().send(ByteBuffer.allocateDirect(8), Collections.nCopies(count, descriptor)))
			.isTrue();
	}

	private static void receive(Receiver receiver) throws IOException {
		Received received = receiver.receive(ByteBuffer.allocateDirect(8));
		assertThat(received).isNotNull();
		received.close();
	}

}
