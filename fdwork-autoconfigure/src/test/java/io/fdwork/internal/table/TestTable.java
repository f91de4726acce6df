package io.fdwork.internal.table;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.Place;

/**
 * A table of connections in service without its daemon: what the daemon writes is written
 * by the test.
 */
public final class TestTable implements AutoCloseable {

	private static final AtomicLong ids = new AtomicLong();

	private static final int ENTRIES = 64;

	/**
	 * How many bytes of a connection its journal has room for.
	 */
	public static final int JOURNAL = 256;

	private static final int JOURNAL_LENGTH = Layout.JOURNAL_HEADER_LENGTH + JOURNAL;

	private final long id = ids.incrementAndGet();

	private final RandomAccessFile file;

	private final ByteBuffer buffer;

	private long nonce;

	public TestTable() throws IOException {
		Path path = Files.createTempFile("table", null);
		try {
			this.file = new RandomAccessFile(path.toFile(), "rw");
			this.file.setLength(Layout.length(ENTRIES, JOURNAL_LENGTH));
			this.buffer = this.file.getChannel()
				.map(FileChannel.MapMode.READ_WRITE, 0, this.file.length())
				.order(Layout.ORDER);
		}
		finally {
			Files.delete(path);
		}
	}

	/**
	 * Map the table as a worker does.
	 * @param worker the number of the worker
	 */
	public ServiceTable open(int worker) throws IOException {
		return ServiceTable.open(Descriptor.duplicateOf(this.file), this.id, ENTRIES, worker, JOURNAL_LENGTH);
	}

	/**
	 * Put a connection.
	 * @param index its entry
	 * @param read how many bytes were read before
	 * @param written how many were written
	 * @return where it is
	 */
	public Place put(int index, long read, long written) {
		this.nonce++;
		int offset = index * Layout.ENTRY_LENGTH;
		this.buffer.putLong(offset + Layout.READ_OFFSET, read);
		this.buffer.putLong(offset + Layout.WRITTEN_OFFSET, written);
		this.buffer.putLong(offset + Layout.CONNECTION_OFFSET, this.nonce);
		this.buffer.putLong(offset, Layout.word(EntryState.PUT, this.nonce, 0));
		return new Place(this.id, index, this.nonce);
	}

	/**
	 * Put the connection of an entry again.
	 * @param index its entry
	 * @return where it is
	 */
	public Place putAgain(int index) {
		this.nonce++;
		int offset = index * Layout.ENTRY_LENGTH;
		this.buffer.putLong(offset, Layout.word(EntryState.PUT, this.nonce, 0) | Layout.copy(word(index)));
		return new Place(this.id, index, this.nonce);
	}

	/**
	 * Hold a connection at home that has come from a worker without a place.
	 * @param index its entry
	 * @param worker the number of the worker
	 * @param read how many bytes were read before
	 * @param written how many were written
	 * @return where it is
	 */
	public Place home(int index, int worker, long read, long written) {
		Place place = put(index, read, written);
		this.buffer.putLong(index * Layout.ENTRY_LENGTH, Layout.word(EntryState.HOME, this.nonce, worker));
		return place;
	}

	/**
	 * Put a connection that a worker has got.
	 * @param index its entry
	 * @param read how many bytes were read before
	 * @param written how many were written
	 * @return the entry, as the worker has it
	 */
	public TableEntry got(int index, long read, long written) throws IOException {
		Place place = put(index, read, written);
		TableEntry entry = open(1).entry(place.index(), place.nonce());
		if (entry == null || !entry.claim()) {
			throw new IllegalStateException("Somebody else has claimed it");
		}
		return entry;
	}

	/**
	 * Return the journal of an entry, as the daemon finds it.
	 * @param index the entry
	 */
	public JournalRecord journal(int index) {
		int position = (int) Layout.journalPosition(ENTRIES, JOURNAL_LENGTH, index);
		byte[] bytes = new byte[JOURNAL];
		this.buffer.get(position + Layout.JOURNAL_HEADER_LENGTH, bytes);
		return new JournalRecord(this.buffer.getLong(position + Layout.JOURNAL_NONCE_OFFSET),
				this.buffer.getLong(position + Layout.JOURNAL_READ_OFFSET),
				this.buffer.getLong(position + Layout.JOURNAL_WRITTEN_OFFSET), bytes);
	}

	public EntryState state(int index) {
		return Layout.state(word(index));
	}

	public int worker(int index) {
		return Layout.worker(word(index));
	}

	private long word(int index) {
		return this.buffer.getLong(index * Layout.ENTRY_LENGTH);
	}

	@Override
	public void close() throws IOException {
		this.file.close();
	}

}
