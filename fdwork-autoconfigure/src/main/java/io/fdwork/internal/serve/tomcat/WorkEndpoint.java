package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.Work;
import io.fdwork.internal.home.HomeRule;
import org.apache.tomcat.util.net.Acceptor;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.SocketBufferHandler;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint whose connections are works. It has no socket and no acceptor.
 */
final class WorkEndpoint extends NioEndpoint {

	private volatile @Nullable ScheduledFuture<?> drain;

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

	/**
	 * Serve a work, which is taken over if this returns.
	 * @param work the work
	 */
	void serve(Work work) throws IOException {
		if (!isRunning() || isPaused()) {
			throw new IllegalStateException("Tomcat does not run and does not take " + work);
		}
		SocketChannel socket = work.channel();
		socket.configureBlocking(false);
		this.socketProperties.setProperties(socket.socket());
		NioChannel channel = (getNioChannels() != null) ? getNioChannels().pop() : null;
		if (channel == null) {
			channel = createChannel(new SocketBufferHandler(this.socketProperties.getAppReadBufSize(),
					this.socketProperties.getAppWriteBufSize(), this.socketProperties.getDirectBuffer()));
		}
		WorkSocketWrapper wrapper = new WorkSocketWrapper(channel, this, work);
		channel.reset(socket, wrapper);
		wrapper.setReadTimeout(getConnectionTimeout());
		wrapper.setWriteTimeout(getConnectionTimeout());
		wrapper.setKeepAliveLeft(getMaxKeepAliveRequests());
		work.takeOver();
		this.connections.put(socket, wrapper);
		getPoller().register(wrapper);
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

	/**
	 * Let every response be the last of its connection, and close idle connections.
	 */
	void drain() {
		setMaxKeepAliveRequests(1);
		this.drain = getUtilityExecutor().scheduleWithFixedDelay(this::closeIdle, HomeRule.DRAIN_IDLE_TIME.toMillis(),
				HomeRule.DRAIN_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
	}

	private void closeIdle() {
		for (SocketWrapperBase<NioChannel> wrapper : getConnections()) {
			((WorkSocketWrapper) wrapper).closeIfIdle();
		}
	}

	@Override
	public void stopInternal() {
		ScheduledFuture<?> drain = this.drain;
		if (drain != null) {
			drain.cancel(false);
		}
		super.stopInternal();
	}

	/**
	 * Ends its work when it is closed.
	 */
	private static final class WorkSocketWrapper extends NioSocketWrapper {

		private final Work work;

		private volatile long lastNanos = System.nanoTime();

		WorkSocketWrapper(NioChannel channel, NioEndpoint endpoint, Work work) {
			super(channel, endpoint);
			this.work = work;
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
		 * Between requests nobody holds the lock, there is no processor, and the poller
		 * waits for the next request.
		 */
		void closeIfIdle() {
			HomeRule.Advice advice = HomeRule.ofOneThatStays(true, System.nanoTime() - this.lastNanos);
			if (advice.action() != HomeRule.Action.CLOSE || !getLock().tryLock()) {
				return;
			}
			try {
				if (getCurrentProcessor() == null && (interestOps() & SelectionKey.OP_READ) != 0) {
					close();
				}
			}
			finally {
				getLock().unlock();
			}
		}

		@Override
		protected void doClose() {
			try {
				super.doClose();
			}
			finally {
				this.work.close();
			}
		}

	}

}
