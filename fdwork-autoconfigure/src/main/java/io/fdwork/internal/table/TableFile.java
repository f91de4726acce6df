package io.fdwork.internal.table;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;

import io.fdwork.descriptor.Descriptor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a table, as its daemon sees it. The daemon does not map it: a worker that
 * cuts the file short would end the daemon by a signal, as no JVM stands every access to
 * a page that is gone. It writes what is no worker's at that moment only, so that it need
 * not compare and set anything. Safe for all threads, each entry for one at a time.
 */
public final class TableFile implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(TableFile.class);

	/**
	 * In memory, where there is such a file system.
	 */
	private static final Path SHARED_MEMORY = Path.of("/dev/shm");

	private static final int CHUNK = 1 << 16;

	private static final SecureRandom random = new SecureRandom();

	private final long id = random.nextLong();

	private final int entries;

	private final int journalLength;

	private final Descriptor file;

	private final ThreadLocal<ByteBuffer> buffers = ThreadLocal
		.withInitial(() -> ByteBuffer.allocateDirect(Layout.ENTRY_LENGTH).order(Layout.ORDER));

	private FileChannel channel;

	private boolean closed;

	private TableFile(int entries, int journalLength, Descriptor file) throws IOException {
		this.entries = entries;
		this.journalLength = journalLength;
		this.file = file;
		this.channel = open();
	}

	/**
	 * Create a table of free entries. Its file has no name when this returns, so that
	 * nothing is left of it when the last process that has it is gone.
	 * @param directory where it goes if there is no file system in memory
	 * @param entries how many entries it has
	 * @param journal how many bytes of each connection its journals hold, 0 for none
	 * @return the table, to be closed by the caller
	 * @throws IOException if there is no room for it
	 */
	public static TableFile create(Path directory, int entries, int journal) throws IOException {
		// Whole numbers of 8 bytes
		int journalLength = (journal > 0) ? (Layout.JOURNAL_HEADER_LENGTH + journal + 7) / 8 * 8 : 0;
		if (Files.isWritable(SHARED_MEMORY)) {
			try {
				return createIn(SHARED_MEMORY, entries, journalLength);
			}
			catch (IOException ex) {
				logger.debug("There is no room for the table in {}", SHARED_MEMORY, ex);
			}
		}
		return createIn(directory, entries, journalLength);
	}

	private static TableFile createIn(Path directory, int entries, int journalLength) throws IOException {
		Path path = directory.resolve("fdwork-table-" + Long.toHexString(random.nextLong()));
		Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
			// Whole: a worker that marks what there is no room for ends by a signal
			byte[] zeros = new byte[CHUNK];
			for (long left = Layout.length(entries, journalLength); left > 0; left -= CHUNK) {
				file.write(zeros, 0, (int) Math.min(left, CHUNK));
			}
			Descriptor descriptor = Descriptor.duplicateOf(file);
			try {
				return new TableFile(entries, journalLength, descriptor);
			}
			catch (Throwable ex) {
				descriptor.close();
				throw ex;
			}
		}
		finally {
			Files.delete(path);
		}
	}

	// Not what is passed to workers, who could move its position, and who must not be
	// able to close it by an interrupt of a thread of this process
	private FileChannel open() throws IOException {
		return this.file.duplicate().toFileChannel();
	}

	/**
	 * Return what tells this table from that of another daemon.
	 * @return a random number
	 */
	public long id() {
		return this.id;
	}

	/**
	 * Return how many entries it has.
	 * @return the number
	 */
	public int entries() {
		return this.entries;
	}

	/**
	 * Return how long the journal of each entry is.
	 * @return the bytes, 0 if there are none
	 */
	public int journalLength() {
		return this.journalLength;
	}

	/**
	 * Duplicate the file for a worker.
	 * @return a descriptor, to be closed by the caller
	 * @throws IOException if the process has no descriptor left
	 */
	public Descriptor duplicate() throws IOException {
		return this.file.duplicate();
	}

	/**
	 * Let an entry be claimed by whoever gets its first put, before that is sent.
	 * @param index a free entry, of which nobody has a put that he may still claim
	 * @param nonce the nonce of the put
	 * @param read how many bytes of the connection were read so far
	 * @param written how many were written
	 * @throws IOException if the file cannot be written
	 */
	public void put(int index, long nonce, long read, long written) throws IOException {
		begin(index, EntryState.PUT, nonce, read, written);
	}

	private void begin(int index, EntryState state, long nonce, long read, long written) throws IOException {
		ByteBuffer entry = this.buffers.get().clear();
		entry.putLong(Layout.word(state, nonce, 0)).putLong(read).putLong(written).putLong(0).putLong(0).putLong(nonce);
		write(index, entry.flip());
	}

	/**
	 * Let an entry be claimed again, with the totals that it has.
	 * @param index an entry whose connection was put before, and that no living worker
	 * has
	 * @param nonce the nonce of the put
	 * @param word the word that it has
	 * @throws IOException if the file cannot be written
	 */
	public void putAgain(int index, long nonce, long word) throws IOException {
		int copy = Layout.copy(word);
		ByteBuffer entry = this.buffers.get().clear();
		write(index, entry.putLong(Layout.word(EntryState.FREE, nonce, 0) | copy).flip());
		letClaim(index, copy);
	}

	// Alone: a file is not written word by word, and who
	// still has an earlier put must not find that one
	private void letClaim(int index, int copy) throws IOException {
		write(index, this.buffers.get().clear().put((byte) (Layout.word(EntryState.PUT, 0, 0) | copy)).flip());
	}

	/**
	 * Let an entry be claimed again, with other totals than it has, and by nobody who
	 * keeps a spare of its connection.
	 * @param index an entry whose connection was put before, and that no living worker
	 * has
	 * @param nonce the nonce of the put
	 * @param read how many bytes of the connection were read and answered
	 * @param written how many were written
	 * @throws IOException if the file cannot be written
	 */
	public void replay(int index, long nonce, long read, long written) throws IOException {
		begin(index, EntryState.FREE, nonce, read, written);
		letClaim(index, 0);
	}

	/**
	 * Let an entry be that of a connection at home, which was in no table before.
	 * @param index a free entry
	 * @param nonce what tells the connection from others under this entry
	 * @param worker the number of the worker that has sent it home
	 * @param read how many bytes of the connection were read so far
	 * @param written how many were written
	 * @return the word of the entry
	 * @throws IOException if the file cannot be written
	 */
	public long home(int index, long nonce, int worker, long read, long written) throws IOException {
		begin(index, EntryState.FREE, nonce, read, written);
		long word = Layout.word(EntryState.HOME, nonce, worker);
		write(index, word);
		return word;
	}

	/**
	 * Give an entry a word that it had before.
	 * @param index an entry that no living worker has, nor can claim
	 * @param word the word, 0 for a free entry
	 * @throws IOException if the file cannot be written
	 */
	public void write(int index, long word) throws IOException {
		write(index, this.buffers.get().clear().putLong(word).flip());
	}

	private void write(int index, ByteBuffer from) throws IOException {
		transfer(from, (channel) -> channel.write(from, position(index)));
	}

	private static long position(int index) {
		return (long) index * Layout.ENTRY_LENGTH;
	}

	/**
	 * Read entries.
	 * @param index the first one
	 * @param view takes what was read; its room decides how many
	 * @throws IOException if the file cannot be read, or was cut short
	 */
	public void read(int index, TableView view) throws IOException {
		fill(view.begin(Math.min(view.capacity(), this.entries - index)), position(index));
	}

	private void fill(ByteBuffer to, long position) throws IOException {
		transfer(to, (channel) -> channel.read(to, position));
		if (to.hasRemaining()) {
			throw new IOException("A worker has cut the table short");
		}
	}

	/**
	 * Read or write, again if an interrupt of this thread has closed the channel
	 * meanwhile, which it cannot do twice.
	 */
	private synchronized void transfer(ByteBuffer buffer, Transfer transfer) throws IOException {
		boolean interrupted = Thread.interrupted();
		try {
			transfer.perform(channel());
		}
		catch (ClosedByInterruptException ex) {
			interrupted |= Thread.interrupted();
			buffer.rewind();
			transfer.perform(channel());
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Read the journal of an entry.
	 * @param index which one
	 * @return what is in it, {@code null} if the entry has none
	 * @throws IOException if the file cannot be read, or was cut short
	 */
	public @Nullable JournalRecord journal(int index) throws IOException {
		if (index >= Layout.journals(this.entries, this.journalLength)) {
			return null;
		}
		ByteBuffer journal = ByteBuffer.allocate(this.journalLength).order(Layout.ORDER);
		fill(journal, Layout.journalPosition(this.entries, this.journalLength, index));
		byte[] bytes = new byte[this.journalLength - Layout.JOURNAL_HEADER_LENGTH];
		journal.get(Layout.JOURNAL_HEADER_LENGTH, bytes);
		return new JournalRecord(journal.getLong(Layout.JOURNAL_NONCE_OFFSET),
				journal.getLong(Layout.JOURNAL_READ_OFFSET), journal.getLong(Layout.JOURNAL_WRITTEN_OFFSET), bytes);
	}

	private FileChannel channel() throws IOException {
		if (!this.channel.isOpen()) {
			if (this.closed) {
				throw new IOException("The table is closed");
			}
			// An interrupt closes it
			this.channel = open();
		}
		return this.channel;
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		this.file.close();
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			logger.debug("Could not close the table", ex);
		}
	}

	private interface Transfer {

		void perform(FileChannel channel) throws IOException;

	}

}
