package io.fdwork.internal.table;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * The entry of one put, as the worker sees that got it. Whoever claims it owns its word
 * until it gives it up: the daemon writes only what is no living worker's. Safe for all
 * threads; the totals of one connection are marked by one at a time.
 */
public final class TableEntry {

	private static final VarHandle WORDS = MethodHandles.byteBufferViewVarHandle(long[].class, Layout.ORDER);

	private final ByteBuffer buffer;

	private final int index;

	private final int offset;

	private final long nonce;

	// State words, but for the copy of the totals
	private final long put;

	private final long got;

	private final long home;

	private final int worker;

	private final Journals journals;

	// The first nonce of the connection, once it is claimed
	private volatile long connection;

	TableEntry(ByteBuffer buffer, int index, long nonce, int worker, Journals journals) {
		this.buffer = buffer;
		this.index = index;
		this.worker = worker;
		this.journals = journals;
		this.offset = index * Layout.ENTRY_LENGTH;
		this.nonce = nonce;
		this.put = Layout.word(EntryState.PUT, nonce, 0);
		this.got = Layout.word(EntryState.GOT, nonce, worker);
		this.home = Layout.word(EntryState.HOME, nonce, worker);
	}

	TableEntry ofConnection(long connection) {
		this.connection = connection;
		return this;
	}

	/**
	 * Return which entry of the table this is.
	 * @return the index
	 */
	public int index() {
		return this.index;
	}

	/**
	 * Return the nonce of the put.
	 * @return the nonce
	 */
	public long nonce() {
		return this.nonce;
	}

	/**
	 * Claim the connection of the put. Who does not get it, as another one has it, or the
	 * daemon has put it again, closes its descriptor and does nothing else with it.
	 * @return whether it is this worker's
	 */
	public boolean claim() {
		boolean claimed = change(this.put, this.got);
		if (claimed) {
			this.connection = connection();
		}
		return claimed;
	}

	private long connection() {
		return (long) WORDS.getOpaque(this.buffer, this.offset + Layout.CONNECTION_OFFSET);
	}

	/**
	 * Return the entry of a later put of the same connection, for who keeps a spare of
	 * it.
	 * @return the entry, which nobody has claimed, or {@code null} if the connection is
	 * not in the queue now
	 */
	public @Nullable TableEntry putAgain() {
		long word = word();
		return (Layout.state(word) == EntryState.PUT && connection() == this.connection)
				? new TableEntry(this.buffer, this.index, Layout.nonce(word), this.worker, this.journals) : null;
	}

	/**
	 * Return whether the connection is this worker's.
	 * @return {@code false} once it has ended, or is another one's
	 */
	public boolean isGot() {
		return Layout.withoutCopy(word()) == this.got;
	}

	/**
	 * Return where what is read is kept until it is answered.
	 * @return the journal, {@code null} if the daemon wants none
	 */
	public @Nullable Journal journal() {
		return this.journals.of(this.index, this.nonce);
	}

	/**
	 * Return how many bytes all processes have read at the last idle point.
	 * @return the number since the connection was accepted
	 */
	public long read() {
		return total(Layout.READ_OFFSET);
	}

	/**
	 * Return how many bytes all processes have written at the last idle point.
	 * @return the number since the connection was accepted
	 */
	public long written() {
		return total(Layout.WRITTEN_OFFSET);
	}

	private long total(int offset) {
		return (long) WORDS.getAcquire(this.buffer, this.offset + offset + Layout.copy(word()) * Layout.COPY_LENGTH);
	}

	/**
	 * Say that the connection is idle as soon as it has so many bytes read and written:
	 * before the last of an answer are written, so that it counts as idle from the moment
	 * when they are. Does nothing for an entry that is not this worker's, or that says so
	 * already.
	 * @param read how many bytes since it was accepted, by all processes
	 * @param written the same
	 */
	public void idle(long read, long written) {
		long word = word();
		if (Layout.withoutCopy(word) != this.got || (read == read() && written == written())) {
			return;
		}
		int copy = 1 - Layout.copy(word);
		int offset = this.offset + copy * Layout.COPY_LENGTH;
		WORDS.setOpaque(this.buffer, offset + Layout.READ_OFFSET, read);
		WORDS.setOpaque(this.buffer, offset + Layout.WRITTEN_OFFSET, written);
		// Another thread may be ending it
		WORDS.compareAndSet(this.buffer, this.offset, word, this.got | copy);
	}

	/**
	 * Say that the daemon need not hold the connection any more: it was shut down and is
	 * about to be closed, or somebody serves it of whom fdwork knows nothing. Does
	 * nothing for an entry that is not this worker's, or not any more.
	 */
	public void end() {
		long ended = Layout.word(EntryState.ENDED, this.nonce, 0);
		if (!change(this.got, ended)) {
			change(this.home, ended);
		}
	}

	/**
	 * Say that the connection goes home. Before it is sent.
	 * @return whether it was this worker's
	 */
	public boolean goHome() {
		return change(this.got, this.home);
	}

	/**
	 * Take the connection again that has not arrived at the daemon, or that was at home
	 * there when the daemon died.
	 * @return whether it is this worker's again
	 */
	public boolean takeBack() {
		return change(this.home, this.got);
	}

	/**
	 * Return whether the connection is at home, or on its way there, and comes from this
	 * worker.
	 * @return {@code false} once it was put again, or has ended
	 */
	public boolean isHome() {
		return Layout.withoutCopy(word()) == this.home;
	}

	private long word() {
		return (long) WORDS.getAcquire(this.buffer, this.offset);
	}

	private boolean change(long from, long to) {
		long word = word();
		return Layout.withoutCopy(word) == from
				&& WORDS.compareAndSet(this.buffer, this.offset, word, to | Layout.copy(word));
	}

}
