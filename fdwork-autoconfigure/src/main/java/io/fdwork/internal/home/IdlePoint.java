package io.fdwork.internal.home;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.table.Journal;
import io.fdwork.internal.table.TableEntry;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Marks in the table of the daemon how far the connection of a Netty channel has been
 * read and written whenever it is idle: if this process is killed before more happens,
 * another one serves the connection on. For the event loop of the channel.
 */
public final class IdlePoint {

	private final TableEntry entry;

	private final ConnectionChannel channel;

	private final long readBefore;

	private final long writtenBefore;

	private IdlePoint(TableEntry entry, ConnectionChannel channel) {
		this.entry = entry;
		this.channel = channel;
		this.readBefore = entry.read();
		this.writtenBefore = entry.written();
	}

	/**
	 * Create the idle point of a connection that is idle in a channel from which nothing
	 * was read yet.
	 * @param channel the channel
	 * @param work the work that it serves
	 * @return the point, {@code null} if the daemon does not hold the connection
	 */
	public static @Nullable IdlePoint of(Channel channel, @Nullable GotWork work) {
		TableEntry entry = (work != null) ? work.entry() : null;
		return (entry != null && channel instanceof ConnectionChannel connection) ? new IdlePoint(entry, connection)
				: null;
	}

	/**
	 * Let the channel read into the journal of its connection what it has not answered,
	 * from now on.
	 * @param usable says whether nobody but the decoder of HTTP reads what the channel
	 * has read, and copies it
	 * @param idleAfter says how many bytes the requests of this channel have had, if the
	 * connection is idle with all answers written; -1 if it is not
	 * @return the journal, {@code null} if the daemon wants none
	 */
	public @Nullable RequestJournal openJournal(BooleanSupplier usable, LongSupplier idleAfter) {
		Journal journal = this.entry.journal();
		if (journal == null) {
			return null;
		}
		RequestJournal requests = new RequestJournal(journal, this, this.channel.config().getRecvByteBufAllocator(),
				usable, idleAfter);
		this.channel.config().setRecvByteBufAllocator(requests);
		return requests;
	}

	/**
	 * Return whether the entry is that of the connection still.
	 */
	boolean isHeld() {
		return this.entry.isGot();
	}

	/**
	 * Begin a journal of an idle connection.
	 * @param read how many bytes the requests of this channel have had
	 * @return whether what is read next can be told from what was answered
	 */
	boolean begin(Journal journal, long read) {
		long written = this.channel.written();
		if (written < 0) {
			return false;
		}
		journal.begin(this.readBefore + read, this.writtenBefore + written);
		return true;
	}

	/**
	 * Say that the connection is idle once all is on its way that the channel was given
	 * to write.
	 * @param read how many bytes the requests of this channel have had, all of which are
	 * answered. If more was read, the connection ends with this process
	 */
	public void mark(long read) {
		long written = this.channel.written();
		if (written < 0) {
			// Nobody can tell how far it is
			this.entry.end();
		}
		else {
			this.entry.idle(this.readBefore + read, this.writtenBefore + written);
		}
	}

}
