package io.fdwork.internal.home;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import io.fdwork.internal.table.Journal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets a Netty channel read into the journal of its connection what it has not answered,
 * for another process should this one be killed. For the event loop of the channel.
 */
public final class RequestJournal implements RecvByteBufAllocator {

	private final Journal journal;

	private final IdlePoint idlePoint;

	private final RecvByteBufAllocator delegate;

	private final BooleanSupplier usable;

	private final LongSupplier idleAfter;

	private boolean begun;

	// How much was read since it was begun
	private int length;

	// What is read into at this moment
	private @Nullable ByteBuf room;

	RequestJournal(Journal journal, IdlePoint idlePoint, RecvByteBufAllocator delegate, BooleanSupplier usable,
			LongSupplier idleAfter) {
		this.journal = journal;
		this.idlePoint = idlePoint;
		this.delegate = delegate;
		this.usable = usable;
		this.idleAfter = idleAfter;
	}

	@Override
	public RecvByteBufAllocator.Handle newHandle() {
		return new JournalHandle(this.delegate.newHandle());
	}

	/**
	 * Return what was read as the pipeline can keep it.
	 * @param message what the channel has read; released, if this returns another one
	 * @param allocator where room for it comes from
	 */
	public Object copyOf(Object message, ByteBufAllocator allocator) {
		if (message != this.room) {
			return message;
		}
		ByteBuf read = (ByteBuf) message;
		this.room = null;
		try {
			return allocator.buffer(read.readableBytes()).writeBytes(read);
		}
		finally {
			read.release();
		}
	}

	private ByteBuf allocate(ByteBufAllocator allocator, RecvByteBufAllocator.Handle handle) {
		this.room = null;
		if (!this.idlePoint.isHeld()) {
			// The journal may be that of another connection by now
			return handle.allocate(allocator);
		}
		boolean usable = this.usable.getAsBoolean();
		long idleAfter = (usable) ? this.idleAfter.getAsLong() : -1;
		if (idleAfter >= 0) {
			this.begun = this.idlePoint.begin(this.journal, idleAfter);
			this.length = 0;
		}
		ByteBuf room = (usable && this.begun) ? Unpooled.wrappedBuffer(this.journal.room(this.length))
				: Unpooled.EMPTY_BUFFER;
		if (room.capacity() == 0) {
			// Before it is read: what is there would not be all
			this.begun = false;
			this.journal.stop();
			return handle.allocate(allocator);
		}
		this.room = room.clear();
		return room;
	}

	private void read(int bytes) {
		if (this.room != null && bytes > 0) {
			this.length += bytes;
		}
	}

	/**
	 * What a channel asks for the room for each of its reads.
	 */
	private final class JournalHandle extends DelegatingHandle implements ExtendedHandle {

		JournalHandle(RecvByteBufAllocator.Handle delegate) {
			super(delegate);
		}

		@Override
		public ByteBuf allocate(ByteBufAllocator allocator) {
			return RequestJournal.this.allocate(allocator, delegate());
		}

		@Override
		public void lastBytesRead(int bytes) {
			read(bytes);
			super.lastBytesRead(bytes);
		}

		@Override
		public boolean continueReading(UncheckedBooleanSupplier maybeMoreDataSupplier) {
			return (delegate() instanceof ExtendedHandle extended) ? extended.continueReading(maybeMoreDataSupplier)
					: continueReading();
		}

	}

}
