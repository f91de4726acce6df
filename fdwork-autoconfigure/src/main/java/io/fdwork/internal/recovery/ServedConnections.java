package io.fdwork.internal.recovery;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;

import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.table.EntryState;
import io.fdwork.internal.table.TableFile;
import io.fdwork.internal.table.TableView;
import io.fdwork.internal.wire.Place;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections in service that the daemon holds, too, and their entries in the table,
 * which nobody else gives out or takes back. Safe for all threads.
 */
final class ServedConnections implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ServedConnections.class);

	/**
	 * How long a put may take from the send to its end.
	 */
	private static final Duration MAX_PUT = Duration.ofSeconds(1);

	private final TableFile file;

	private final @Nullable ServedConnection[] slots;

	// Guarded by this, as is what is in the slots
	private final FreeEntries free;

	private final Map<Descriptor, ServedConnection> homes = new WeakHashMap<>();

	private long lastNonce;

	private int held;

	private boolean closed;

	private volatile boolean broken;

	private final Failures failures = new Failures();

	/**
	 * Create an object that holds nothing.
	 * @param file the table; closed with this
	 */
	ServedConnections(TableFile file) {
		this.file = file;
		this.slots = new ServedConnection[file.entries()];
		this.free = new FreeEntries(file.entries());
	}

	TableFile file() {
		return this.file;
	}

	/**
	 * Return whether the table can be used.
	 */
	boolean isUsable() {
		return !this.broken;
	}

	/**
	 * Return how many connections are held.
	 */
	synchronized int held() {
		return this.held;
	}

	/**
	 * Return how many entries have to be looked at.
	 */
	int used() {
		return this.free.used();
	}

	/**
	 * Give an entry to a connection.
	 * @return the connection, {@code null} if all entries are in use
	 */
	synchronized @Nullable ServedConnection allocate(KernelQueue queue, @Nullable WorkRequest request) {
		if (this.closed) {
			return null;
		}
		int index = this.free.take();
		if (index < 0) {
			return null;
		}
		ServedConnection connection = new ServedConnection(index, queue, request);
		this.slots[index] = connection;
		this.held++;
		return connection;
	}

	/**
	 * Let a connection be claimed for the first time.
	 * @param read how much of it was read so far
	 * @param written how much was written
	 */
	void put(ServedConnection connection, long read, long written) throws IOException {
		connection.firstRead = read;
		connection.firstWritten = written;
		this.file.put(connection.index, renew(connection, true), read, written);
	}

	/**
	 * Let a connection be claimed that leaves home.
	 */
	void putFromHome(ServedConnection connection) throws IOException {
		this.file.putAgain(connection.index, renew(connection, true), connection.homeWord);
	}

	/**
	 * Let a connection be claimed once more that this holds, and no living worker has.
	 * @param word the word of its entry
	 */
	void putAgain(ServedConnection connection, long word) throws IOException {
		this.file.putAgain(connection.index, renew(connection, false), word);
	}

	/**
	 * Let a connection be claimed once more together with what was read from it.
	 */
	void replay(ServedConnection connection, ServedConnection.Replay replay) throws IOException {
		this.file.replay(connection.index, renew(connection, false), replay.read(), replay.written());
		connection.replay = replay;
	}

	private synchronized long renew(ServedConnection connection, boolean beingPut) {
		connection.beingPut = beingPut;
		connection.nonce = ++this.lastNonce;
		connection.sequence = 0;
		connection.replay = null;
		return connection.nonce;
	}

	/**
	 * Take a connection that leaves home with a request.
	 * @return the connection, {@code null} if it was not at home, or is not held
	 */
	synchronized @Nullable ServedConnection takeFromHome(WorkRequest request) {
		return (this.homes.isEmpty()) ? null : this.homes.remove(request.descriptors().get(0));
	}

	/**
	 * A request was not sent: one that came from home stays there.
	 */
	void cancel(ServedConnection connection) {
		Descriptor home;
		synchronized (this) {
			connection.beingPut = false;
			home = (connection.home != null && !connection.dropped) ? connection.home.get() : null;
			if (home != null) {
				this.homes.put(home, connection);
			}
		}
		if (home == null) {
			release(connection);
			return;
		}
		try {
			this.file.write(connection.index, connection.homeWord);
		}
		catch (IOException ex) {
			fail(ex);
		}
	}

	/**
	 * A request was sent: hold its connection from now on.
	 * @param sequence its place in the order of the queue
	 * @throws IllegalStateException if its descriptor was closed meanwhile
	 */
	synchronized void hold(ServedConnection connection, WorkRequest request, long sequence) {
		Descriptor copy = request.descriptors().get(0).move();
		connection.beingPut = false;
		connection.copy = copy;
		connection.home = null;
		connection.sequence = sequence;
		connection.missed = 0;
		connection.missingNanos = 0;
		if (connection.dropped) {
			copy.close();
		}
		notifyAll();
	}

	Place place(ServedConnection connection) {
		return new Place(this.file.id(), connection.index, connection.nonce);
	}

	/**
	 * Return the connection that is at a place.
	 * @return the connection, {@code null} if there is none, or not any more
	 */
	synchronized @Nullable ServedConnection find(Place place) {
		if (place.table() != this.file.id() || place.index() < 0 || place.index() >= this.slots.length) {
			return null;
		}
		ServedConnection connection = this.slots[place.index()];
		return (connection != null && connection.nonce == place.nonce()) ? connection : null;
	}

	/**
	 * A connection has come home. What is held of it besides is let go of.
	 * @param place where it is, as whoever gives it back says
	 * @param descriptor the connection; stays the caller's. {@code null} if its client
	 * has gone
	 */
	void cameHome(Place place, @Nullable Descriptor descriptor) {
		ServedConnection connection = find(place);
		if (connection == null) {
			return;
		}
		try {
			TableView view = new TableView(1);
			this.file.read(connection.index, view);
			synchronized (this) {
				awaitHeld(connection);
				Descriptor copy = connection.copy;
				// Whose entry it is is not for a worker to say
				boolean same = copy == null
						|| (view.state(0) == EntryState.HOME && view.nonce(0) == connection.nonce && (descriptor == null
								|| !copy.isOpen() || TcpSockets.identity(copy) == TcpSockets.identity(descriptor)));
				if (!same || connection.isHome()) {
					return;
				}
				if (copy != null) {
					copy.close();
				}
				connection.copy = null;
				connection.sequence = 0;
				connection.homeWord = view.word(0);
				connection.home = new WeakReference<>(descriptor);
				if (descriptor != null && !connection.dropped) {
					this.homes.put(descriptor, connection);
					return;
				}
			}
			release(connection);
		}
		catch (IOException ex) {
			logger.debug("The entry of a connection that came home cannot be told", ex);
		}
	}

	/**
	 * Let a connection be at home, under an entry that it has just been given.
	 * @param descriptor its descriptor; stays the caller's
	 * @param worker the number of the worker that has sent it
	 * @return where it is
	 */
	Place settle(ServedConnection connection, Descriptor descriptor, int worker) throws IOException {
		long word = this.file.home(connection.index, renew(connection, false), worker, connection.firstRead,
				connection.firstWritten);
		synchronized (this) {
			connection.homeWord = word;
			connection.home = new WeakReference<>(descriptor);
			this.homes.put(descriptor, connection);
		}
		return place(connection);
	}

	/**
	 * A worker may be faster than the thread that has just put a connection.
	 */
	private void awaitHeld(ServedConnection connection) {
		long deadline = System.nanoTime() + MAX_PUT.toNanos();
		try {
			for (long left = MAX_PUT.toMillis(); connection.beingPut
					&& left > 0; left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())) {
				wait(left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Hold a connection no more, and use its entry for another one.
	 */
	void release(ServedConnection connection) {
		boolean home;
		synchronized (this) {
			if (this.slots[connection.index] != connection) {
				return;
			}
			home = connection.home != null;
			Descriptor atHome = (connection.home != null) ? connection.home.get() : null;
			if (atHome != null) {
				this.homes.remove(atHome);
			}
			this.slots[connection.index] = null;
			if (connection.copy != null) {
				connection.copy.close();
			}
		}
		if (home) {
			try {
				// Whoever keeps a spare of it lets go of that
				this.file.write(connection.index, 0);
			}
			catch (IOException ex) {
				fail(ex);
			}
		}
		synchronized (this) {
			this.held--;
			if (connection.doubled || connection.dropped) {
				this.free.rest(connection.index);
			}
			else {
				this.free.add(connection.index);
			}
		}
	}

	/**
	 * Let a connection leave for home, where it is expected from now on.
	 * @param word the word of its entry
	 */
	synchronized Place leave(ServedConnection connection, long word) {
		connection.copy = null;
		connection.sequence = 0;
		connection.homeWord = word;
		return place(connection);
	}

	/**
	 * Return whether a connection that has left for home was there: it may have gone on
	 * already, with the next request.
	 */
	synchronized boolean hasArrived(ServedConnection connection) {
		return connection.home != null || connection.copy != null || connection.beingPut;
	}

	/**
	 * Return what an entry is used for.
	 * @return the connection, {@code null} for a free entry
	 */
	@Nullable ServedConnection at(int index) {
		return this.slots[index];
	}

	/**
	 * Stop to use the table: a worker has damaged it, or there is no room for it any
	 * more.
	 */
	void fail(IOException ex) {
		this.broken = true;
		if (!isClosed() && this.failures.isFirst("table")) {
			logger.error("The table of the connections in service cannot be used any more: those whose worker dies end "
					+ "with it, until the daemon is started anew", ex);
		}
	}

	private synchronized boolean isClosed() {
		return this.closed;
	}

	/**
	 * Let go of all. Workers go on serving what they have.
	 */
	@Override
	public void close() {
		List<ServedConnection> all = new ArrayList<>();
		synchronized (this) {
			this.closed = true;
			for (ServedConnection connection : this.slots) {
				if (connection != null) {
					all.add(connection);
				}
			}
		}
		// Those at home belong to whoever holds them there
		all.stream().filter((connection) -> connection.copy != null).forEach(this::release);
		this.broken = true;
		this.file.close();
	}

}
