package io.fdwork.internal.recovery;

import java.io.IOException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

import io.fdwork.WorkRequest;
import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.ConnectionKeeper;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.table.TableView;
import io.fdwork.internal.wire.Place;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which connections are held from their put on. Safe for all threads.
 */
final class PutHolder implements ConnectionKeeper {

	private static final Logger logger = LoggerFactory.getLogger(PutHolder.class);

	/**
	 * After how many puts some more entries are looked at, so that the table does not
	 * fill up with connections that have ended.
	 */
	private static final int PUTS = 16;

	private final ServedConnections served;

	private final Sweeper sweeper;

	// Whether something may have been read of a new connection before its put
	private final boolean readsFirst;

	private final LongAdder notHeld = new LongAdder();

	private volatile @Nullable WorkRequest lastNotHeld;

	private final ReentrantLock sweepLock = new ReentrantLock();

	// Guarded by the lock, as all that follows
	private final TableView view = new TableView(Sweeper.BLOCK);

	private int puts;

	private int hand;

	/**
	 * Create a holder.
	 * @param readsFirst whether the daemon reads from new connections before it puts them
	 */
	PutHolder(ServedConnections served, Sweeper sweeper, boolean readsFirst) {
		this.served = served;
		this.sweeper = sweeper;
		this.readsFirst = readsFirst;
	}

	/**
	 * Return how many connections were put without being held.
	 */
	long notHeld() {
		return this.notHeld.sum();
	}

	@Override
	public @Nullable Place prepare(KernelQueue queue, WorkRequest request, boolean tabled) {
		ServedConnection connection = this.served.takeFromHome(request);
		if (request.remoteAddress() == null) {
			return null;
		}
		try {
			if (tabled && this.served.isUsable()) {
				sweepNowAndThen();
				ServedConnection prepared = (connection != null) ? putAgain(connection, queue, request)
						: putFirst(queue, request);
				if (prepared != null) {
					return this.served.place(prepared);
				}
			}
		}
		catch (IOException ex) {
			this.served.fail(ex);
		}
		if (connection != null) {
			this.served.release(connection);
		}
		// Not for each try
		if (this.lastNotHeld != request) {
			this.lastNotHeld = request;
			this.notHeld.increment();
		}
		return null;
	}

	private ServedConnection putAgain(ServedConnection connection, KernelQueue queue, WorkRequest request)
			throws IOException {
		connection.queue = queue;
		connection.request = request;
		this.served.putFromHome(connection);
		return connection;
	}

	private @Nullable ServedConnection putFirst(KernelQueue queue, WorkRequest request) throws IOException {
		if (request.descriptors().size() > 1 || request.keepsDescriptors()) {
			return null;
		}
		Descriptor descriptor = request.descriptors().get(0);
		ByteTotals totals = null;
		if (this.readsFirst || request.history() != null) {
			totals = ByteTotals.of(descriptor);
			if (totals == null) {
				return null;
			}
		}
		else if (!TcpSockets.isTcp(descriptor)) {
			return null;
		}
		ServedConnection connection = this.served.allocate(queue, request);
		if (connection != null) {
			try {
				this.served.put(connection, (totals != null) ? totals.read() : 0,
						(totals != null) ? totals.written() : 0);
			}
			catch (IOException ex) {
				this.served.release(connection);
				throw ex;
			}
		}
		return connection;
	}

	@Override
	public void cancel(Place place) {
		ServedConnection connection = this.served.find(place);
		if (connection != null) {
			this.served.cancel(connection);
		}
	}

	@Override
	public void sent(Place place, WorkRequest request, long sequence) {
		ServedConnection connection = this.served.find(place);
		if (connection == null) {
			return;
		}
		try {
			this.served.hold(connection, request, sequence);
		}
		catch (IllegalStateException ex) {
			logger.debug("The descriptor of {} was closed while it was put", request, ex);
			this.served.release(connection);
		}
	}

	private void sweepNowAndThen() throws IOException {
		if (!this.sweepLock.tryLock()) {
			return;
		}
		try {
			if (++this.puts >= PUTS) {
				this.puts = 0;
				int from = this.hand;
				this.hand = (from + Sweeper.BLOCK < this.served.used()) ? from + Sweeper.BLOCK : 0;
				this.served.file().read(from, this.view);
				this.sweeper.releaseEnded(from, this.view);
			}
		}
		finally {
			this.sweepLock.unlock();
		}
	}

}
