package io.fdwork.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.DescriptorsExhaustedException;
import io.fdwork.descriptor.Received;
import io.fdwork.descriptor.Receiver;
import io.fdwork.wire.FrameDefect;
import io.fdwork.wire.FrameDefectException;
import io.fdwork.wire.WorkFrame;
import org.jspecify.annotations.Nullable;

/**
 * Gets works from a queue. Each thread has its own; for platform threads only.
 */
public final class Getter implements AutoCloseable {

	private final String queue;

	private final Receiver receiver;

	private final QueueLedger ledger;

	// One byte more than a frame can have, so that a longer one shows
	private final ByteBuffer buffer = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH + 1);

	Getter(String queue, Receiver receiver, QueueLedger ledger) {
		this.queue = queue;
		this.receiver = receiver;
		this.ledger = ledger;
	}

	/**
	 * Get the next work, waiting at most {@link KernelQueue#GET_TIMEOUT}.
	 * @param onEnd is told once when the work has ended
	 * @return the work, which the caller ends, or {@code null} if none came in time
	 * @throws FrameDefectException if a frame came that had to be rejected; its descriptors
	 * are closed
	 * @throws IOException if the queue cannot be read
	 */
	public @Nullable Work get(BiConsumer<Work, WorkOutcome> onEnd) throws FrameDefectException, IOException {
		Received received = receive();
		if (received == null) {
			return null;
		}
		try {
			Work.Metadata metadata = WorkFrame.decode(this.buffer, received.length(), received.descriptors().size(),
					this.queue);
			this.ledger.got(metadata.sequence());
			return new Work(metadata, received.descriptors(), System.nanoTime(), onEnd);
		}
		catch (FrameDefectException | RuntimeException ex) {
			received.close();
			throw ex;
		}
	}

	/**
	 * Return whether the figures of the queue say that all that was put has left it. Only a
	 * get finds out.
	 * @return {@code true} if there is most likely nothing to get
	 */
	public boolean isEmpty() {
		return this.ledger.put() <= this.ledger.got();
	}

	private @Nullable Received receive() throws FrameDefectException, IOException {
		try {
			return this.receiver.receive(this.buffer.clear());
		}
		catch (DescriptorsExhaustedException ex) {
			throw new FrameDefectException(FrameDefect.EXHAUSTED, String.valueOf(ex.getMessage()));
		}
	}

	@Override
	public void close() {
		this.receiver.close();
	}

}
