package io.fdwork.internal.serve.jetty;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.KeepAlive;
import io.fdwork.internal.queue.GotWork;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.IO;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection of a work as Jetty has it. Its permit is free while no thread reads or
 * handles its requests, and between two requests of plain HTTP/1.1 it can go home.
 * <p>
 * It goes by the thread of its selector: the key is cancelled, and only when the selector
 * has let go of the channel is that closed, which the client would see otherwise.
 * Whatever else closes this end point meanwhile ends what Jetty knows of it, and not the
 * connection.
 */
final class WorkEndPoint extends CountingEndPoint {

	/**
	 * How long a new connection may be silent before it counts as idle. Most clients send
	 * their request at once.
	 */
	private static final Duration SILENCE = Duration.ofMillis(50);

	private static final Duration STREAMS_INTERVAL = Duration.ofMillis(100);

	private static final Duration RETRY_INTERVAL = Duration.ofMillis(20);

	private static final Logger logger = LoggerFactory.getLogger(WorkEndPoint.class);

	private final WorkConnector connector;

	private final ManagedSelector selector;

	private final GotWork work;

	private final KeepAlive keepAlive;

	private final Activity activity;

	private final AwaitedRequest awaited = new AwaitedRequest();

	private final AtomicReference<@Nullable Check> next = new AtomicReference<>();

	private volatile boolean requested;

	private volatile boolean silenceChecked;

	private volatile SelectionKey key;

	WorkEndPoint(WorkConnector connector, SocketChannel channel, ManagedSelector selector, SelectionKey key,
			GotWork work, KeepAlive keepAlive) {
		super(channel, selector, key, connector.getScheduler(), work);
		this.connector = connector;
		this.selector = selector;
		this.key = key;
		this.work = work;
		this.keepAlive = keepAlive;
		this.activity = new Activity(work);
	}

	Activity activity() {
		return this.activity;
	}

	/**
	 * A request of HTTP/1.1 has begun.
	 */
	void requested() {
		this.requested = true;
		this.keepAlive.request();
	}

	@Override
	public void replaceKey(SelectionKey newKey) {
		super.replaceKey(newKey);
		this.key = newKey;
	}

	@Override
	public void fillInterested(Callback callback) {
		// Nobody else reads until this is registered
		if (await() && isBare() && isBetweenRequests()) {
			traffic().idle();
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
		if (!isWaiting()) {
			this.activity.resume();
			return false;
		}
		if (!this.activity.isAwaited()) {
			this.keepAlive.idle(System.nanoTime());
		}
		this.activity.await(isRequested() || isOutputShutdown());
		return true;
	}

	/**
	 * Return whether no request is being answered. HTTP/2 counts its streams. What
	 * carries no requests, a WebSocket for instance, does nothing while it waits.
	 */
	private boolean isWaiting() {
		if (isOutputShutdown()) {
			return true;
		}
		Connection connection = connection();
		if (connection instanceof WorkHttpConnection http) {
			return http.getHttpChannel().getRequest() == null;
		}
		return !(connection instanceof ConnectionMetaData) || connection.getMessagesIn() == connection.getMessagesOut();
	}

	private @Nullable Connection connection() {
		Connection connection = getConnection();
		return (connection instanceof SslConnection ssl) ? ssl.getSslEndPoint().getConnection() : connection;
	}

	private boolean isRequested() {
		return this.requested
				|| (connection() instanceof ConnectionMetaData http && http.getConnection().getMessagesIn() > 0);
	}

	private boolean isMultiplexed() {
		Connection connection = connection();
		return connection instanceof ConnectionMetaData && !(connection instanceof Connection.UpgradeFrom);
	}

	private boolean isBetweenRequests() {
		return getConnection() instanceof WorkHttpConnection http && http.isBetweenRequests();
	}

	@Override
	boolean isEndOfAnswer() {
		return getConnection() instanceof WorkHttpConnection http && http.isEndOfAnswer() && isBare();
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
		return this.connector.rule().isLast(this.work, isBare(), this.connector.isDraining());
	}

	/**
	 * By the thread of the selector, which waits for no other: all those of the pool may
	 * be busy.
	 */
	@Override
	public @Nullable Runnable onSelected() {
		if (this.activity.isLeaving()) {
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
		if (this.activity.tryResume()) {
			return true;
		}
		boolean leaves = this.awaited.isThere() && this.connector.rule().isToGoUnread(this.work, isBare()) && leave();
		return !leaves && this.activity.resume();
	}

	/**
	 * Ask when an idle connection is to go. There is not one check for each request, that
	 * would be paid by all which are busy.
	 */
	private void checkLater() {
		if (!this.requested) {
			checkSilence();
		}
		else if (this.next.get() == null || this.connector.isDraining()
				|| this.connector.rule().isRoomWanted(this.work)) {
			checkNow();
		}
	}

	private void checkSilence() {
		if (!this.requested && !this.silenceChecked) {
			this.silenceChecked = true;
			getScheduler().schedule(this::endSilence, SILENCE.toNanos(), TimeUnit.NANOSECONDS);
		}
		else if (isMultiplexed()) {
			// Nobody tells that the last stream has ended
			checkIn(STREAMS_INTERVAL.toNanos());
		}
	}

	private void endSilence() {
		this.activity.endSilence();
		checkNow();
	}

	private void checkIn(long nanos) {
		Check check = new Check(System.nanoTime() + nanos);
		Check before = this.next.getAndUpdate((present) -> (check.isSoonerThan(present)) ? check : present);
		if (check.isSoonerThan(before)) {
			getScheduler().schedule(() -> check(check), nanos, TimeUnit.NANOSECONDS);
		}
	}

	private void check(Check check) {
		if (!this.next.compareAndSet(check, null)) {
			// A sooner one has taken its place
			return;
		}
		if (!isMultiplexed()) {
			checkNow();
		}
		else if (isWaiting()) {
			this.activity.await(true);
		}
		else if (isOpen()) {
			checkIn(STREAMS_INTERVAL.toNanos());
		}
	}

	/**
	 * Let the connection go, or be closed, if it is time. For any thread.
	 */
	private void checkNow() {
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
				if (this.awaited.takeFrom(getFillInterest())) {
					close();
				}
			}
			case ASK_AGAIN -> checkIn(advice.nanos());
			case STAY -> {
				// The next event asks again
			}
		}
	}

	private boolean leave() {
		if (!this.activity.leave(() -> this.awaited.takeFrom(getFillInterest()))) {
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

	@Override
	public void updateKey() {
		if (!this.activity.isLeaving()) {
			super.updateKey();
		}
	}

	/**
	 * Also for all others that hold the connection: Jetty would only close it.
	 */
	@Override
	public void doClose() {
		if (this.activity.close()) {
			this.work.close();
			super.doClose();
		}
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
		if (isBare()) {
			// One whose next request has begun is answered before it goes
			checkNow();
		}
	}

	/**
	 * End as if the time for idle connections was over, if that of a drain is for one
	 * that cannot go home.
	 */
	void closeIfIdle() {
		// One whose next request has begun is answered before it goes
		boolean goes = this.activity.isLeaving() || isBare();
		if (!goes && !isAnswering() && getIdleFor() >= HomeRule.DRAIN_IDLE_TIME.toMillis()) {
			onIdleExpired(new TimeoutException("Idle while the worker drains"));
			notIdle();
		}
	}

	/**
	 * HTTP/2 would end all streams when it is idle in a drain, and what else HTTP/1.1 can
	 * be upgraded to knows itself what it means to be idle.
	 */
	private boolean isAnswering() {
		return isMultiplexed() || (connection() instanceof Connection.UpgradeFrom
				&& (!isWaiting() || !isFillInterested() || getWriteFlusher().isPending()));
	}

}
