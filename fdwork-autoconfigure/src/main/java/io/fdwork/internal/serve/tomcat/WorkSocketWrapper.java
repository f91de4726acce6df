package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicReference;

import io.fdwork.ConnectionHistory;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.KeepAlive;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.table.Traffic;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that is a work: the work has a permit while a thread processes a request
 * or is to, and ends when the connection is closed or has gone home.
 * <p>
 * A connection that goes home has to leave the poller first: closed while a selector has
 * it, it would be ended for its client, too. So its key is cancelled, and the poller,
 * which finds it so, closes the connection; what is closed then is only the channel of
 * this process.
 */
final class WorkSocketWrapper extends CountingSocketWrapper {

	private static final Logger logger = LoggerFactory.getLogger(WorkSocketWrapper.class);

	private final WorkEndpoint endpoint;

	private final GotWork work;

	private final SocketChannel channel;

	private final KeepAlive keepAlive;

	private final AtomicReference<Phase> phase;

	private volatile long lastNanos = System.nanoTime();

	/**
	 * Create a connection.
	 * @param silent whether its client has sent nothing yet
	 */
	WorkSocketWrapper(NioChannel channel, WorkEndpoint endpoint, GotWork work, SocketChannel socket,
			@Nullable ConnectionHistory history, boolean silent) {
		super(channel, endpoint, new Traffic((endpoint.isSSLEnabled()) ? null : work.entry()));
		this.endpoint = endpoint;
		this.work = work;
		this.channel = socket;
		this.keepAlive = new KeepAlive(history);
		this.phase = new AtomicReference<>((silent) ? Phase.IDLE : Phase.ACTIVE);
		if (silent) {
			work.idle();
		}
	}

	GotWork work() {
		return this.work;
	}

	// What Tomcat notes itself is the time of a clock that can be set
	@Override
	public void updateLastRead() {
		super.updateLastRead();
		this.lastNanos = System.nanoTime();
	}

	@Override
	public void updateLastWrite() {
		super.updateLastWrite();
		this.lastNanos = System.nanoTime();
	}

	/**
	 * Return whether the request that was read may be followed by another one. Asked for
	 * each.
	 * @return how many may follow, 0 or less for none
	 */
	@Override
	public int decrementKeepAlive() {
		super.decrementKeepAlive();
		int requests = this.keepAlive.request();
		boolean last = this.endpoint.rule().isLast(this.work, isBare(), this.endpoint.isDraining());
		return (last) ? 0 : this.endpoint.getMaxKeepAliveRequests() - requests;
	}

	// A balancer may have said another one than the channel has
	@Override
	protected void populateLocalAddr() {
		InetSocketAddress local = this.work.localAddress();
		if (local == null) {
			super.populateLocalAddr();
		}
		else {
			this.localAddr = local.getAddress().getHostAddress();
		}
	}

	@Override
	protected void populateLocalName() {
		InetSocketAddress local = this.work.localAddress();
		if (local == null) {
			super.populateLocalName();
		}
		else {
			this.localName = local.getAddress().getHostName();
		}
	}

	@Override
	protected void populateLocalPort() {
		InetSocketAddress local = this.work.localAddress();
		if (local == null) {
			super.populateLocalPort();
		}
		else {
			this.localPort = local.getPort();
		}
	}

	/**
	 * Return whether it waits for its client to send something.
	 */
	boolean isIdle() {
		return this.phase.get() == Phase.IDLE;
	}

	// A client that is slow with TLS holds no thread up
	@Override
	public void registerReadInterest() {
		if (!getSocket().isHandshakeComplete()) {
			this.work.idle();
		}
		super.registerReadInterest();
	}

	/**
	 * Return whether an event is to be processed. It is not if the connection goes home,
	 * with all that its client has sent.
	 */
	boolean admits(SocketEvent event) {
		Phase before = this.phase.get();
		if (before == Phase.IDLE && event == SocketEvent.OPEN_READ) {
			if (!this.work.tryResume() && this.endpoint.rule().isToGoUnread(this.work, isBare()) && leave()) {
				return false;
			}
			before = this.phase.compareAndExchange(Phase.IDLE, Phase.ACTIVE);
		}
		if (isAway(before)) {
			return false;
		}
		this.work.resume();
		return true;
	}

	/**
	 * Say that a thread begins to process the connection. The event may be older than the
	 * last time that it was idle.
	 * @return whether it may
	 */
	boolean begin() {
		Phase before = this.phase.compareAndExchange(Phase.IDLE, Phase.ACTIVE);
		if (before != Phase.IDLE && before != Phase.ACTIVE) {
			return false;
		}
		this.work.resume();
		return true;
	}

	/**
	 * Say that no thread processes the connection any more.
	 * @param event what it was processed for
	 * @param state what it waits for: where that is {@link SocketState#OPEN}, it speaks
	 * HTTP/1.1, and nothing of the next request has been read
	 */
	void end(SocketEvent event, SocketState state) {
		if (state != SocketState.LONG) {
			processedBy(null);
		}
		if (state == SocketState.OPEN) {
			// With a timeout that comes too late Tomcat has done nothing
			if (event != SocketEvent.TIMEOUT) {
				traffic().idle();
			}
			this.keepAlive.idle(this.lastNanos);
			// While it has the permit that others may wait for
			boolean go = advice().action() == HomeRule.Action.GO;
			this.phase.compareAndSet(Phase.ACTIVE, Phase.IDLE);
			if (go) {
				leave();
			}
		}
		this.work.idle();
	}

	/**
	 * Let go of the connection, or close it, if it has been idle for long enough.
	 */
	void check() {
		if (this.phase.get() == Phase.IDLE) {
			HomeRule.Action action = advice().action();
			if (action == HomeRule.Action.GO) {
				leave();
			}
			else if (action == HomeRule.Action.CLOSE && this.phase.compareAndSet(Phase.IDLE, Phase.CLOSED)) {
				super.close();
			}
		}
		else if (this.endpoint.isDraining()) {
			closeIfSilent();
		}
	}

	/**
	 * Close what waits for its client in another way than between two requests: for a
	 * handshake, or after a file that the poller has sent.
	 */
	private void closeIfSilent() {
		HomeRule.Advice advice = HomeRule.ofOneThatStays(true, System.nanoTime() - this.lastNanos);
		if (advice.action() != HomeRule.Action.CLOSE || !getLock().tryLock()) {
			return;
		}
		try {
			if (getCurrentProcessor() == null && interestOpsHas(SelectionKey.OP_READ)) {
				close();
			}
		}
		finally {
			getLock().unlock();
		}
	}

	private HomeRule.Advice advice() {
		return this.endpoint.rule()
			.advise(this.work, isBare(), this.endpoint.isDraining(), this.keepAlive.idleNanos(),
					this.keepAlive.idleBeforeNanos());
	}

	private boolean isBare() {
		return !this.endpoint.isSSLEnabled();
	}

	private boolean leave() {
		SelectionKey key = this.channel.keyFor(getPoller().getSelector());
		if (key == null || !this.endpoint.sender().isOpen(this.work, this.endpoint.isDraining())
				|| !this.phase.compareAndSet(Phase.IDLE, Phase.LEAVING)) {
			return false;
		}
		key.cancel();
		askPoller();
		return true;
	}

	/**
	 * Have the poller call {@link #close()}, as it does when a connection in which it is
	 * to be interested has no valid key.
	 */
	private void askPoller() {
		getPoller().add(this, SelectionKey.OP_READ);
	}

	@Override
	public void close() {
		Phase before = this.phase.getAndUpdate((phase) -> (isAway(phase)) ? phase : Phase.CLOSED);
		if (before == Phase.LEAVING) {
			goOnLeaving();
		}
		else if (before != Phase.GONE) {
			super.close();
		}
	}

	private void goOnLeaving() {
		if (this.channel.isRegistered()) {
			// Until after the next select
			askPoller();
		}
		else if (this.phase.compareAndSet(Phase.LEAVING, Phase.GONE)) {
			goHome();
		}
	}

	private void goHome() {
		Descriptor connection;
		try {
			connection = Descriptor.duplicateOf(this.channel);
		}
		catch (IOException ex) {
			logger.debug("{} stays here", this.work, ex);
			this.phase.set(Phase.IDLE);
			getPoller().register(this);
			return;
		}
		super.close();
		this.endpoint.sendHome(this.work, connection, this.keepAlive.history());
	}

	/**
	 * Whoever looks at this has nothing to do with a connection that goes home.
	 */
	@Override
	public boolean isClosed() {
		return isAway(this.phase.get()) || super.isClosed();
	}

	private static boolean isAway(@Nullable Phase phase) {
		return phase == Phase.LEAVING || phase == Phase.GONE;
	}

	/**
	 * Also of what others hold: Tomcat would only close it.
	 */
	@Override
	protected void doClose() {
		try {
			if (this.phase.get() != Phase.GONE) {
				endConnection();
			}
		}
		finally {
			super.doClose();
		}
	}

	private void endConnection() {
		try {
			if (!isBare()) {
				// Says goodbye, and closes nothing
				getSocket().close();
			}
		}
		catch (IOException | RuntimeException ex) {
			logger.trace("The client of {} reads no more", this.work, ex);
		}
		finally {
			this.work.close();
		}
	}

	/**
	 * What the connection does.
	 */
	private enum Phase {

		/**
		 * Anything but the following.
		 */
		ACTIVE,

		/**
		 * Waits for the next request.
		 */
		IDLE,

		/**
		 * Leaves the poller, to go home. Nobody reads from it.
		 */
		LEAVING,

		/**
		 * Is not here any more, and not closed.
		 */
		GONE,

		/**
		 * Is closed.
		 */
		CLOSED

	}

}
