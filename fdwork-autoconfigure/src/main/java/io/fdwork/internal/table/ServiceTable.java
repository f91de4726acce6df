package io.fdwork.internal.table;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

import io.fdwork.descriptor.Descriptor;
import org.jspecify.annotations.Nullable;

/**
 * The table of one daemon, as a worker sees it: mapped, so that nothing that it marks
 * costs a system call. Safe for all threads.
 */
public final class ServiceTable {

	/**
	 * How many entries a table has at most.
	 */
	public static final int MAX_ENTRIES = 1 << 20;

	/**
	 * The highest number that a worker can have.
	 */
	public static final int MAX_WORKER = Layout.MAX_WORKER;

	private final long id;

	private final int entries;

	private final int worker;

	private final ByteBuffer buffer;

	private final Journals journals;

	private ServiceTable(long id, int entries, int worker, ByteBuffer buffer, Journals journals) {
		this.id = id;
		this.entries = entries;
		this.worker = worker;
		this.buffer = buffer;
		this.journals = journals;
	}

	/**
	 * Map the table that a daemon sent.
	 * @param file its file; moved, or closed if this throws
	 * @param id what tells it from the table of another daemon
	 * @param entries how many entries it has
	 * @param worker the number that the daemon has given to this worker
	 * @param journalLength how long the journal of each entry is, 0 if there are none
	 * @return the table, which lasts as long as somebody uses it
	 * @throws IOException if that is no table
	 */
	public static ServiceTable open(Descriptor file, long id, int entries, int worker, int journalLength)
			throws IOException {
		try (file) {
			if (entries < 1 || entries > MAX_ENTRIES || worker < 1 || worker > Layout.MAX_WORKER) {
				throw new IOException("A table of " + entries + " entries for worker " + worker);
			}
			if (journalLength != 0 && journalLength <= Layout.JOURNAL_HEADER_LENGTH) {
				throw new IOException("A table with journals of " + journalLength + " bytes");
			}
			long length = Layout.length(entries, journalLength);
			try (FileChannel channel = file.toFileChannel()) {
				if (channel.size() < length) {
					throw new IOException("A table of " + entries + " entries has " + channel.size() + " bytes");
				}
				ByteBuffer buffer = channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) entries * Layout.ENTRY_LENGTH)
					.order(Layout.ORDER);
				return new ServiceTable(id, entries, worker, buffer, Journals.map(channel, entries, journalLength));
			}
			catch (IOException ex) {
				throw new IOException("The table of the daemon cannot be mapped: " + ex.getMessage(), ex);
			}
		}
	}

	/**
	 * Return what tells this table from that of another daemon.
	 * @return a random number
	 */
	public long id() {
		return this.id;
	}

	/**
	 * Return the entry of a connection that has come home from this worker, and was in no
	 * table before.
	 * @param index which one
	 * @param nonce the nonce that the daemon has given it
	 * @return the entry, {@code null} if the table has none of that index
	 */
	public @Nullable TableEntry homeEntry(int index, long nonce) {
		TableEntry entry = entry(index, nonce);
		return (entry != null) ? entry.ofConnection(nonce) : null;
	}

	/**
	 * Return the entry of a put.
	 * @param index which one
	 * @param nonce the nonce of the put
	 * @return the entry, which nobody has claimed here, or {@code null} if the table has
	 * none of that index
	 */
	public @Nullable TableEntry entry(int index, long nonce) {
		if (index < 0 || index >= this.entries || nonce < 1 || nonce > Layout.MAX_NONCE) {
			return null;
		}
		return new TableEntry(this.buffer, index, nonce, this.worker, this.journals);
	}

}
