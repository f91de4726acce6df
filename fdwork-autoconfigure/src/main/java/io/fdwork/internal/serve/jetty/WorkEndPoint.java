package io.fdwork.internal.serve.jetty;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.KeepAlive;
import io.fdwork.internal.queue.GotWork;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of a work as Jetty has it. Its permit is free while it waits for what
 * its client sends next, and between two requests of plain HTTP/1.1 it can go home.
 * <p>
 * It goes by the thread of its selector: the key is cancelled, and only when the selector
 * has let go of the channel is that closed, which would be seen by the client otherwise.
 * Whatever else closes this end point meanwhile closes what Jetty knows of it, and not
 * the connection.
 */
final class WorkEndPoint extends SocketChannelEndPoint {

	/**
	 * How long a new connection may be silent before it counts as idle. Most clients send
	 * their request at once.
	 */
	private static final Duration SILENCE = Duration.ofMillis(50);

	private static final Duration RETRY_INTERVAL = Duration.ofMillis(20);

	private static final Logger logger = LoggerFactory.getLogger(WorkEndPoint.class);

	private final WorkConnector connector;

	private final ManagedSelector selector;

	private final GotWork work;

	private final KeepAlive keepAlive;

	private final Awaited awaited = new Awaited();

	private final AtomicBoolean checking = new AtomicBoolean();

	private final Object lock = new Object();

	// Guarded by the lock
	private Phase phase = Phase.BUSY;

	private volatile boolean requested;

	private volatile SelectionKey key;

	WorkEndPoint(WorkConnector connector, SocketChannel channel, ManagedSelector selector, SelectionKey key,
			GotWork work, KeepAlive keepAlive) {
		super(channel, selector, key, connector.getScheduler());
		this.connector = connector;
		this.selector = selector;
		this.key = key;
		this.work = work;
		this.keepAlive = keepAlive;
	}

	GotWork work() {
		return this.work;
	}

	KeepAlive keepAlive() {
		return this.keepAlive;
	}

	@Override
	public void replaceKey(SelectionKey newKey) {
		super.replaceKey(newKey);
		this.key = newKey;
	}

	/**
	 * Say that a request has begun.
	 */
	void requested() {
		this.requested = true;
		this.keepAlive.request();
	}

	@Override
	public void fillInterested(Callback callback) {
		// Nobody else reads until this is registered
		if (await() && isBare() && isBetweenRequests()) {
			super.fillInterested(this.awaited.by(callback));
			checkLater();
		}
		else {
			super.fillInterested(callback);
			checkSilence();
		}
	}

	@Override
	public boolean tryFillInterested(Callback callback) {
		await();
		checkSilence();
		return super.tryFillInterested(callback);
	}

	/**
	 * Free the permit if nothing is to be done until the client sends more.
	 * @return whether it is so
	 */
	private boolean await() {
		boolean waits = isWaiting();
		synchronized (this.lock) {
			if (this.phase == Phase.LEAVING || this.phase == Phase.CLOSED) {
				return false;
			}
			if (this.phase == Phase.BUSY) {
				this.keepAlive.idle(System.nanoTime());
			}
			if (!waits) {
				become(Phase.BUSY);
			}
			else {
				become((this.requested) ? Phase.IDLE : Phase.SILENT);
			}
		}
		if (waits && this.connector.isDraining() && !isBare()) {
			setIdleTimeout(HomeRule.DRAIN_IDLE_TIME.toMillis());
		}
		return waits;
	}

	/**
	 * Guarded by the lock.
	 */
	private void become(Phase next) {
		this.phase = next;
		if (next == Phase.BUSY) {
			this.work.resume();
		}
		else if (next == Phase.IDLE) {
			this.work.idle();
		}
	}

	private @Nullable Connection connection() {
		Connection connection = getConnection();
		return (connection instanceof SslConnection ssl) ? ssl.getSslEndPoint().getConnection() : connection;
	}

	/**
	 * Return whether no request is being answered. HTTP/2 counts its streams. What
	 * carries no requests, a WebSocket for instance, does nothing while it waits.
	 */
	private boolean isWaiting() {
		Connection connection = connection();
		if (isOutputShutdown()) {
			return true;
		}
		if (connection instanceof WorkHttpConnection http) {
			return http.getHttpChannel().getRequest() == null;
		}
		return !(connection instanceof ConnectionMetaData) || connection.getMessagesIn() == connection.getMessagesOut();
	}

	private boolean isBetweenRequests() {
		return getConnection() instanceof WorkHttpConnection http && http.isBetweenRequests();
	}

	/**
	 * Return whether nothing but plain HTTP/1.1 is spoken, and whoever gets the
	 * connection next knows as much of it as this.
	 */
	private boolean isBare() {
		return getConnection() instanceof WorkHttpConnection http && http.getEndPoint() == this
				&& this.connector.isBare() && http.getAttributeNameSet().isEmpty() && !isOutputShutdown();
	}

	/**
	 * Return whether the next response must be the last one of the connection.
	 */
	boolean isToEnd() {
		return this.connector.isDraining() && !this.connector.rule().canGo(this.work, isBare());
	}

	@Override
	public @Nullable Runnable onSelected() {
		// By the thread of the selector, which is never held up
		if (isLeaving()) {
			return null;
		}
		boolean readable = (this.key.readyOps() & SelectionKey.OP_READ) != 0;
		Runnable task = super.onSelected();
		return (!readable || resume()) ? task : null;
	}

	/**
	 * Take a permit for what the client has sent.
	 * @return {@code false} if there is none, and the connection leaves unread
	 */
	private boolean resume() {
		synchronized (this.lock) {
			if (!isAwaiting() || this.work.tryResume()) {
				return serve();
			}
		}
		if (this.connector.rule().isToGoUnread(this.work, isBare()) && leave()) {
			return false;
		}
		synchronized (this.lock) {
			return serve();
		}
	}

	/**
	 * Guarded by the lock.
	 */
	private boolean serve() {
		if (isAwaiting()) {
			become(Phase.BUSY);
		}
		return this.phase != Phase.LEAVING;
	}

	/**
	 * Ask when an idle connection is to go. There is not one check for each request, that
	 * would be paid by all which are busy.
	 */
	private void checkLater() {
		if (!this.requested) {
			checkSilence();
		}
		else if (!this.checking.get() || this.connector.isDraining() || this.connector.rule().isRoomWanted(this.work)) {
			checkNow();
		}
	}

	/**
	 * Nobody tells that the last stream of HTTP/2 has ended, either.
	 */
	private void checkSilence() {
		if (!this.requested || isMultiplexed()) {
			checkIn(SILENCE.toNanos());
		}
	}

	private boolean isMultiplexed() {
		Connection connection = connection();
		return connection instanceof ConnectionMetaData && !(connection instanceof Connection.UpgradeFrom);
	}

	private void checkIn(long nanos) {
		if (this.checking.compareAndSet(false, true)) {
			getScheduler().schedule(this::check, nanos, TimeUnit.NANOSECONDS);
		}
	}

	private void check() {
		this.checking.set(false);
		boolean ended = isMultiplexed() && isWaiting();
		synchronized (this.lock) {
			if (this.phase == Phase.SILENT || (this.phase == Phase.BUSY && ended)) {
				become(Phase.IDLE);
			}
		}
		if (isMultiplexed() && !ended) {
			checkSilence();
		}
		checkNow();
	}

	/**
	 * Let the connection go, or be closed, if it is time. For any thread.
	 */
	void checkNow() {
		if (!this.awaited.isThere() || !isBare()) {
			// The next response checks again
			return;
		}
		HomeRule.Advice advice = this.connector.rule()
			.advise(this.work, true, this.connector.isDraining(), this.keepAlive.idleNanos(),
					this.keepAlive.idleBeforeNanos());
		switch (advice.action()) {
			case GO -> {
				if (!this.connector.isHomeOpen(this.work) || !leave()) {
					checkIn(RETRY_INTERVAL.toNanos());
				}
			}
			case CLOSE -> {
				if (stopReading(Phase.IDLE)) {
					close();
				}
			}
			case ASK_AGAIN -> checkIn(advice.nanos());
			case STAY -> {
				// The next event asks again
			}
		}
	}

	/**
	 * Guarded by the lock.
	 */
	private boolean isAwaiting() {
		return this.phase == Phase.SILENT || this.phase == Phase.IDLE;
	}

	/**
	 * Take away what Jetty would read with.
	 * @param next what to be from then on
	 * @return {@code false} if somebody reads, or the connection is closed
	 */
	private boolean stopReading(Phase next) {
		synchronized (this.lock) {
			if (!isAwaiting() || !this.awaited.take()) {
				return false;
			}
			this.phase = next;
			return true;
		}
	}

	private boolean leave() {
		if (!stopReading(Phase.LEAVING)) {
			return false;
		}
		if (this.connector.leaves(this)) {
			this.selector.submit(this::letGo);
		}
		else {
			close();
		}
		return true;
	}

	private void letGo(Selector selector) {
		this.key.cancel();
		// When this is done the selector has selected once more, and forgotten the key
		this.selector.submit((again) -> depart());
	}

	private void depart() {
		if (!this.connector.hasLeft(this)) {
			return;
		}
		SocketChannel channel = getChannel();
		try {
			Descriptor connection = Descriptor.duplicateOf(channel);
			IO.close(channel);
			this.connector.send(this.work, connection, this.keepAlive.history());
		}
		catch (IOException ex) {
			logger.debug("{} stays here", this.work, ex);
			this.connector.open(channel, this.work, this.keepAlive.history());
		}
		finally {
			// For Jetty it is closed
			close();
		}
	}

	boolean isLeaving() {
		synchronized (this.lock) {
			return this.phase == Phase.LEAVING;
		}
	}

	@Override
	public void updateKey() {
		if (!isLeaving()) {
			super.updateKey();
		}
	}

	@Override
	public void doClose() {
		synchronized (this.lock) {
			if (this.phase == Phase.LEAVING) {
				return;
			}
			this.phase = Phase.CLOSED;
		}
		super.doClose();
	}

	@Override
	protected void doShutdownOutput() {
		super.doShutdownOutput();
		if (this.connector.isDraining()) {
			// The drain waits for this connection, and the
			// client may not be in a hurry to close
			setIdleTimeout(HomeRule.DRAIN_IDLE_TIME.toMillis());
		}
	}

	/**
	 * The worker drains.
	 */
	void drain() {
		if (this.awaited.isThere() && isBare()) {
			checkNow();
		}
		else if (!isAnswering()) {
			setIdleTimeout(HomeRule.DRAIN_IDLE_TIME.toMillis());
		}
	}

	/**
	 * Between requests of HTTP/1.1 there have been as many as responses, and nothing is
	 * to be written. What it can be upgraded to knows itself what it means to be idle.
	 */
	private boolean isAnswering() {
		Connection connection = connection();
		return connection instanceof Connection.UpgradeFrom
				&& (connection.getMessagesIn() != connection.getMessagesOut() || !isFillInterested()
						|| getWriteFlusher().isPending());
	}

	/**
	 * What is going on.
	 */
	private enum Phase {

		/**
		 * A request is read or answered. There is a permit for it.
		 */
		BUSY,

		/**
		 * The client has not sent anything yet. There may be a permit for what it sends.
		 */
		SILENT,

		/**
		 * Nothing is to be done until the client sends more. There is no permit.
		 */
		IDLE,

		/**
		 * The connection is on its way home. Whoever closes this does not end it.
		 */
		LEAVING,

		/**
		 * The connection has ended here.
		 */
		CLOSED

	}

	/**
	 * What Jetty reads with when the client sends its next request, unless it was taken
	 * away before.
	 */
	private final class Awaited implements Callback {

		private volatile @Nullable Callback reader;

		// Guarded by the lock
		private @Nullable Thread taker;

		Callback by(Callback reader) {
			this.reader = reader;
			return this;
		}

		boolean isThere() {
			return this.reader != null;
		}

		/**
		 * Take the reader away. Guarded by the lock.
		 * @return whether it was still there
		 */
		boolean take() {
			if (!isThere()) {
				return false;
			}
			this.taker = Thread.currentThread();
			getFillInterest().fillable();
			boolean taken = this.taker == null;
			this.taker = null;
			return taken;
		}

		@Override
		public void succeeded() {
			Callback reader = next();
			if (reader != null) {
				reader.succeeded();
			}
		}

		@Override
		public void failed(Throwable failure) {
			Callback reader = next();
			if (reader != null) {
				reader.failed(failure);
			}
		}

		private @Nullable Callback next() {
			synchronized (WorkEndPoint.this.lock) {
				Callback reader = this.reader;
				this.reader = null;
				if (this.taker != Thread.currentThread()) {
					return reader;
				}
				this.taker = null;
				return null;
			}
		}

		@Override
		public InvocationType getInvocationType() {
			Callback reader = this.reader;
			return (reader != null) ? reader.getInvocationType() : InvocationType.BLOCKING;
		}

	}

}
