package io.fdwork.internal.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

import io.fdwork.descriptor.MessagePair;
import io.fdwork.descriptor.Received;
import io.fdwork.descriptor.Receiver;
import io.fdwork.descriptor.SendingEnd;
import io.fdwork.internal.wire.WorkFrame;

/**
 * Sizes the buffer of a new pair for a number of requests. The kernel bounds the buffer
 * in bytes and charges each message with an overhead that depends on the kernel, so the
 * charge and the result are measured by filling the pair and emptying it again.
 */
final class BufferSizing {

	/**
	 * Charges are multiples of a cache line.
	 */
	private static final int GRAIN = 64;

	private BufferSizing() {
	}

	/**
	 * Size the buffer of an empty pair that nobody else holds yet.
	 * @param pair the pair
	 * @param depth how many requests it should take
	 * @return how many requests of standard size it takes
	 */
	static int size(MessagePair pair, int depth) throws IOException {
		SendingEnd sendingEnd = pair.sendingEnd();
		try (Receiver receiver = pair.receivingEnd().newReceiver()) {
			int charge = charge(sendingEnd.bufferSize(), measure(sendingEnd, receiver));
			// The kernel takes a message as long as the buffer is not full before it
			long wanted = (long) charge * depth - charge / 2;
			sendingEnd.requestBufferSize((int) Math.min(Integer.MAX_VALUE, wanted));
			return measure(sendingEnd, receiver);
		}
	}

	private static int charge(int bufferSize, int messages) {
		int grains = (bufferSize + messages * GRAIN - 1) / (messages * GRAIN);
		return grains * GRAIN;
	}

	private static int measure(SendingEnd sendingEnd, Receiver receiver) throws IOException {
		ByteBuffer frame = ByteBuffer.allocateDirect(WorkFrame.STANDARD_LENGTH);
		int messages = 0;
		while (sendingEnd.send(frame.clear(), List.of())) {
			messages++;
		}
		for (int i = 0; i < messages; i++) {
			Received received = receiver.receive(frame.clear());
			if (received == null) {
				throw new IOException("Of " + messages + " messages sent through a pair " + i + " arrived");
			}
			received.close();
		}
		return messages;
	}

}
