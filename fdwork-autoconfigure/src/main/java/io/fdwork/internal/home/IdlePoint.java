package io.fdwork.internal.home;

import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.internal.queue.GotWork;
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
