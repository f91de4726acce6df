package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.HomeSender;
import io.fdwork.internal.queue.GotWork;
import org.apache.tomcat.util.net.Acceptor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An endpoint whose connections are works, which go home when they are idle. It has no
 * socket and no acceptor.
 */
final class WorkEndpoint extends NioEndpoint {

	private static final Logger logger = LoggerFactory.getLogger(WorkEndpoint.class);

	private @Nullable HomeRule rule;

	private @Nullable HomeSender sender;

	private volatile @Nullable ScheduledFuture<?> checks;

	private volatile boolean draining;

	/**
	 * Let idle connections go home. Called before this starts, if it is to serve.
	 */
	void goHomeBy(HomeRule rule, HomeSender sender) {
		this.rule = rule;
		this.sender = sender;
	}

	HomeRule rule() {
		return Objects.requireNonNull(this.rule);
	}

	HomeSender sender() {
		return Objects.requireNonNull(this.sender);
	}

	@Override
	public void setHandler(Handler<NioChannel> handler) {
		super.setHandler(new WorkSocketHandler(handler));
	}

	@Override
	protected void initServerSocket() {
		// The daemon has it
	}

	@Override
	protected void startAcceptorThread() {
		// The stop waits for an acceptor: one that has ended
		this.acceptor = new Acceptor<>(this);
		this.acceptor.stopMillis(0);
		this.acceptor.run();
	}

	@Override
	public void startInternal() throws Exception {
		super.startInternal();
		if (this.rule != null) {
			long interval = this.rule.checkInterval().toNanos();
			this.checks = getUtilityExecutor().scheduleWithFixedDelay(this::checkAll, interval, interval,
					TimeUnit.NANOSECONDS);
		}
	}

	private void checkAll() {
		boolean parting = rule().isParting() && !this.draining;
		for (SocketWrapperBase<NioChannel> wrapper : getConnections()) {
			try {
				((WorkSocketWrapper) wrapper).check();
				CountingHttp2.Handler http2 = (parting) ? CountingHttp2.handler(wrapper) : null;
				if (http2 != null) {
					http2.part(getExecutor());
				}
			}
			catch (RuntimeException ex) {
				// The others have to be checked, too, and this one again
				logger.error("Cannot check whether a connection is idle", ex);
			}
		}
	}

	/**
	 * Serve a work, which is taken over if this returns.
	 * @param work the work
	 */
	void serve(Work work) throws IOException {
		if (!isRunning() || isPaused()) {
			throw new IllegalStateException("Tomcat does not run and does not take " + work);
		}
		GotWork got = GotWork.of(work);
		SocketChannel socket = got.serverChannel();
		WorkSocketWrapper wrapper = newWrapper(got, socket, got.history());
		work.takeOver();
		begin(socket, wrapper);
	}

	/**
	 * Serve the connection of a work again that has not arrived at home.
	 */
	void comeBack(Work work, Descriptor connection, ConnectionHistory history) {
		try {
			GotWork got = GotWork.of(work);
			SocketChannel socket = got.takeBack(connection);
			if (!isRunning()) {
				throw new IllegalStateException("Tomcat does not run and does not take " + work);
			}
			begin(socket, newWrapper(got, socket, history));
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("{} has not arrived at home and cannot be served here", work, ex);
			work.fail();
		}
	}

	private WorkSocketWrapper newWrapper(GotWork work, SocketChannel socket, @Nullable ConnectionHistory history)
			throws IOException {
		socket.configureBlocking(false);
		this.socketProperties.setProperties(socket.socket());
		NioChannel channel = (getNioChannels() != null) ? getNioChannels().pop() : null;
		if (channel == null) {
			channel = createChannel(new SocketBufferHandler(this.socketProperties.getAppReadBufSize(),
					this.socketProperties.getAppWriteBufSize(), this.socketProperties.getDirectBuffer()));
		}
		boolean silent = socket.socket().getInputStream().available() == 0;
		WorkSocketWrapper wrapper = new WorkSocketWrapper(channel, this, work, socket, history, silent);
		channel.reset(socket, wrapper);
		wrapper.setReadTimeout(idleTimeoutMillis(history));
		wrapper.setWriteTimeout(getConnectionTimeout());
		return wrapper;
	}

	@Override
	protected NioChannel createChannel(SocketBufferHandler buffers) {
		return (isSSLEnabled()) ? super.createChannel(buffers) : new CountingChannel(buffers);
	}

	/**
	 * Begin with a connection. One whose client has sent something need not wait for it
	 * in the poller, and never comes there if it ends with its first answer.
	 */
	private void begin(SocketChannel socket, WorkSocketWrapper wrapper) {
		this.connections.put(socket, wrapper);
		if (wrapper.isIdle()) {
			wrapper.registerReadInterest();
		}
		else if (!processSocket(wrapper, SocketEvent.OPEN_READ, true)) {
			wrapper.close();
		}
	}

	/**
	 * Send the connection of a work home, which is no connection of this any more.
	 */
	void sendHome(Work work, Descriptor connection, ConnectionHistory history) {
		int millis = idleTimeoutMillis(history);
		sender().send(work, connection, history, Duration.ofMillis(Math.max(0, millis)));
	}

	/**
	 * As Tomcat waits for the first request, and for others.
	 */
	private int idleTimeoutMillis(@Nullable ConnectionHistory history) {
		return (history != null && history.requests() > 0) ? getKeepAliveTimeout() : getConnectionTimeout();
	}

	/**
	 * A connection whose client has sent its next request takes a permit for it, or goes
	 * home.
	 */
	@Override
	public boolean processSocket(@Nullable SocketWrapperBase<NioChannel> socket, SocketEvent event, boolean dispatch) {
		return (socket instanceof WorkSocketWrapper wrapper && !wrapper.admits(event))
				|| super.processSocket(socket, event, dispatch);
	}

	/**
	 * Without a limit nobody would ask the connections, which count.
	 */
	@Override
	public int getMaxKeepAliveRequests() {
		int max = super.getMaxKeepAliveRequests();
		return (max < 1) ? Integer.MAX_VALUE : max;
	}

	/**
	 * An acceptor would count them. Here the permits of the worker are the limit: what
	 * has been got must not wait.
	 */
	@Override
	public long getConnectionCount() {
		return this.connections.size();
	}

	@Override
	protected long countDownConnection() {
		return getConnectionCount();
	}

	boolean isDraining() {
		return this.draining;
	}

	/**
	 * Let idle connections go home. Of those that cannot, let every response be the last,
	 * and close them when they are idle.
	 */
	void drain() {
		this.draining = true;
		checkAll();
	}

	@Override
	public void stopInternal() {
		ScheduledFuture<?> checks = this.checks;
		if (checks != null) {
			checks.cancel(false);
		}
		super.stopInternal();
		// Some were on their way to the poller, or away from it
		getConnections().forEach(SocketWrapperBase::close);
	}

}
