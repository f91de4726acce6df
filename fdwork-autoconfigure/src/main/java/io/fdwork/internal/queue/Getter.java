package io.fdwork.internal.queue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.BiConsumer;

import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.DescriptorsExhaustedException;
import io.fdwork.descriptor.LineWatch;
import io.fdwork.descriptor.Received;
import io.fdwork.descriptor.Receiver;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.FrameDefectException;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.WorkFrame;
import io.fdwork.internal.wire.WorkMetadata;
import io.netty.channel.IoEventLoop;
import org.jspecify.annotations.Nullable;

/**
 * Gets works from a queue. Each thread has its own; for platform threads only.
 */
public final class Getter implements WorkSource {

	private final String queue;

	private final Receiver receiver;

	private final @Nullable ServiceTable table;

	private final Runnable onDesist;

	// One byte more than a frame can have, so that a longer one shows
	private final ByteBuffer buffer = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH + 1);

	Getter(String queue, Receiver receiver, @Nullable ServiceTable table, Runnable onDesist) {
		this.queue = queue;
		this.receiver = receiver;
		this.table = table;
		this.onDesist = onDesist;
	}

	/**
	 * Get the next work, waiting at most {@link KernelQueue#GET_TIMEOUT}.
	 * @param onEnd is told once when the work has ended
	 * @return the work, which the caller ends, or {@code null} if none came in time or
	 * this was {@linkplain #wake() woken}
	 * @throws FrameDefectException if a frame came that had to be rejected; its
	 * descriptors are closed
	 * @throws IOException if the queue cannot be read
	 */
	public @Nullable GotWork get(BiConsumer<Work, WorkOutcome> onEnd) throws FrameDefectException, IOException {
		return get(KernelQueue.GET_TIMEOUT, onEnd);
	}

	/**
	 * Get the next work, which nothing limits.
	 * @param timeout how long to wait for it; zero to look only
	 * @param onEnd is told once when the work has ended
	 * @return as {@link #get(BiConsumer)}
	 * @throws FrameDefectException as {@link #get(BiConsumer)}
	 * @throws IOException as {@link #get(BiConsumer)}
	 */
	public @Nullable GotWork get(Duration timeout, BiConsumer<Work, WorkOutcome> onEnd)
			throws FrameDefectException, IOException {
		return get(timeout, onEnd, WorkPermits.UNLIMITED);
	}

	@Override
	public @Nullable GotWork get(Duration timeout, BiConsumer<Work, WorkOutcome> onEnd, WorkPermits permits)
			throws FrameDefectException, IOException {
		GotWork work = null;
		Received received = receive(timeout, permits);
		while (received != null && work == null) {
			work = claim(received, onEnd, permits);
			if (work == null) {
				this.onDesist.run();
				// Waited enough: the next one is there, or none
				received = receive(Duration.ZERO, permits);
			}
		}
		return work;
	}

	/**
	 * Make a work of what was received, unless it is another one's: a connection that the
	 * daemon has put again may be in the queue twice.
	 */
	private @Nullable GotWork claim(Received received, BiConsumer<Work, WorkOutcome> onEnd, WorkPermits permits)
			throws FrameDefectException {
		try {
			WorkMetadata metadata = WorkFrame.decode(this.buffer, received.length(), received.descriptors().size(),
					this.queue);
			TableEntry entry = entry(metadata);
			if (entry == null || entry.claim()) {
				return new GotWork(metadata, received.descriptors(), System.nanoTime(), onEnd, permits, entry);
			}
		}
		catch (FrameDefectException | RuntimeException ex) {
			received.close();
			permits.exit();
			throw ex;
		}
		// Not shut down: somebody serves it
		received.close();
		permits.exit();
		return null;
	}

	/**
	 * Return the entry of what was got, which is to be claimed.
	 * @return the entry, {@code null} for what is in no table that this process has
	 */
	private @Nullable TableEntry entry(WorkMetadata metadata) {
		Place place = metadata.place();
		return (place != null && this.table != null && place.table() == this.table.id())
				? this.table.entry(place.index(), place.nonce()) : null;
	}

	@Override
	public boolean isRefused() {
		return this.receiver.isRefused();
	}

	/**
	 * Return {@code false}: whether somebody still puts is for others to know.
	 */
	@Override
	public boolean isOver() {
		return false;
	}

	@Override
	public void standBack(long nanos) {
		this.receiver.standBack(nanos);
	}

	@Override
	public long standingBackNanos() {
		return this.receiver.standingBackNanos();
	}

	@Override
	public boolean isEmpty() {
		return this.receiver.isEmpty();
	}

	@Override
	public void wake() {
		this.receiver.wake();
	}

	@Override
	public LineWatch watch(IoEventLoop loop, Runnable ready) {
		return this.receiver.watch(loop, ready);
	}

	private @Nullable Received receive(Duration timeout, WorkPermits permits) throws FrameDefectException, IOException {
		try {
			return this.receiver.receive(this.buffer.clear(), timeout, permits);
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
