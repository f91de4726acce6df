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

	private final Descriptor file;

	private final ThreadLocal<ByteBuffer> buffers = ThreadLocal
		.withInitial(() -> ByteBuffer.allocateDirect(Layout.ENTRY_LENGTH).order(Layout.ORDER));

	private FileChannel channel;

	private boolean closed;

	private TableFile(int entries, Descriptor file) throws IOException {
		this.entries = entries;
		this.file = file;
		this.channel = open();
	}

	/**
	 * Create a table of free entries. Its file has no name when this returns, so that
	 * nothing is left of it when the last process that has it is gone.
	 * @param directory where it goes if there is no file system in memory
	 * @param entries how many entries it has
	 * @return the table, to be closed by the caller
	 * @throws IOException if there is no room for it
	 */
	public static TableFile create(Path directory, int entries) throws IOException {
		if (Files.isWritable(SHARED_MEMORY)) {
			try {
				return createIn(SHARED_MEMORY, entries);
			}
			catch (IOException ex) {
				logger.debug("There is no room for the table in {}", SHARED_MEMORY, ex);
			}
		}
		return createIn(directory, entries);
	}

	private static TableFile createIn(Path directory, int entries) throws IOException {
		Path path = directory.resolve("fdwork-table-" + Long.toHexString(random.nextLong()));
		Files.createFile(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
		try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
			// Whole: a worker that marks what there is no room for ends by a signal
			byte[] zeros = new byte[CHUNK];
			for (long left = (long) entries * Layout.ENTRY_LENGTH; left > 0; left -= CHUNK) {
				file.write(zeros, 0, (int) Math.min(left, CHUNK));
			}
			Descriptor descriptor = Descriptor.duplicateOf(file);
			try {
				return new TableFile(entries, descriptor);
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
		// Alone: a file is not written word by word, and who
		// still has an earlier put must not find that one
		entry = this.buffers.get().clear();
		write(index, entry.put((byte) (Layout.word(EntryState.PUT, 0, 0) | copy)).flip());
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
	public void read(int index, View view) throws IOException {
		ByteBuffer to = view.begin(Math.min(view.capacity(), this.entries - index));
		transfer(to, (channel) -> channel.read(to, position(index)));
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

	/**
	 * Entries as they were at one moment. For one thread.
	 */
	public static final class View {

		private final ByteBuffer buffer;

		private int size;

		/**
		 * Create an empty view.
		 * @param capacity how many entries it can show
		 */
		public View(int capacity) {
			this.buffer = ByteBuffer.allocateDirect(capacity * Layout.ENTRY_LENGTH).order(Layout.ORDER);
		}

		int capacity() {
			return this.buffer.capacity() / Layout.ENTRY_LENGTH;
		}

		private ByteBuffer begin(int size) {
			this.size = size;
			return this.buffer.clear().limit(size * Layout.ENTRY_LENGTH);
		}

		/**
		 * Return how many entries it shows.
		 * @return the number
		 */
		public int size() {
			return this.size;
		}

		/**
		 * Return the state word of an entry.
		 * @param i which one of those that were read, from 0
		 * @return the word, to be asked with the other methods
		 */
		public long word(int i) {
			return this.buffer.getLong(i * Layout.ENTRY_LENGTH);
		}

		/**
		 * Return where the connection of an entry is.
		 * @param i which one of those that were read
		 * @return the state, as whoever has marked it says
		 */
		public EntryState state(int i) {
			return Layout.state(word(i));
		}

		/**
		 * Return the nonce of the put that an entry is of.
		 * @param i which one of those that were read
		 * @return the nonce
		 */
		public long nonce(int i) {
			return Layout.nonce(word(i));
		}

		/**
		 * Return which worker has an entry.
		 * @param i which one of those that were read
		 * @return the number that the daemon has given it, 0 for none
		 */
		public int worker(int i) {
			return Layout.worker(word(i));
		}

		/**
		 * Return how many bytes of a connection were read at its last idle point.
		 * @param i which one of those that were read
		 * @return the number
		 */
		public long read(int i) {
			return total(i, Layout.READ_OFFSET);
		}

		/**
		 * Return how many bytes were written to a connection at its last idle point.
		 * @param i which one of those that were read
		 * @return the number
		 */
		public long written(int i) {
			return total(i, Layout.WRITTEN_OFFSET);
		}

		private long total(int i, int offset) {
			return this.buffer.getLong(i * Layout.ENTRY_LENGTH + Layout.copy(word(i)) * Layout.COPY_LENGTH + offset);
		}

	}

}
