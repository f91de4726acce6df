package io.fdwork.internal.serve.jetty;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.internal.home.HomeRule;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * A connector whose connections are works. It has no socket, and its acceptor has nothing
 * to do.
 */
final class WorkConnector extends ServerConnector {

	private final Map<Object, Work> works = new ConcurrentHashMap<>();

	WorkConnector(Server server, int selectors, ConnectionFactory... factories) {
		super(server, null, null, null, 1, selectors, factories);
		addBean(new FailureListener());
	}

	@Override
	public void open() {
		// The daemon has the socket
	}

	@Override
	public boolean isOpen() {
		return isRunning();
	}

	@Override
	public void accept(int acceptorID) throws IOException {
		try {
			new CountDownLatch(1).await();
		}
		catch (InterruptedException ex) {
			// The connector stops, and looks at that itself
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Serve a work, which is taken over if this returns.
	 * @param work the work
	 */
	void serve(Work work) throws IOException {
		if (!isRunning()) {
			throw new IllegalStateException("Jetty does not run and does not take " + work);
		}
		SocketChannel channel = work.channel();
		channel.configureBlocking(false);
		configure(channel.socket());
		work.takeOver();
		this.works.put(channel, work);
		getSelectorManager().accept(channel);
	}

	/**
	 * Let every response be the last of its connection, and close idle connections.
	 */
	void drain() {
		// Would shorten the time of clients that are slow to send or to read as well
		setShutdownIdleTimeout(-1);
		shutdown();
		new Drain(this).run();
	}

	@Override
	protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key) {
		WorkEndPoint endPoint = new WorkEndPoint(channel, selector, key, getScheduler());
		endPoint.setIdleTimeout(getIdleTimeout());
		return endPoint;
	}

	@Override
	protected void onEndPointClosed(EndPoint endPoint) {
		super.onEndPointClosed(endPoint);
		end(endPoint.getTransport(), Work::close);
	}

	/**
	 * A connection that gets its end point while the selectors stop is closed by nobody,
	 * or by a task that no thread takes any more.
	 */
	@Override
	protected void doStop() throws Exception {
		try {
			super.doStop();
		}
		finally {
			this.works.keySet().forEach((channel) -> end(channel, Work::close));
		}
	}

	private void end(Object channel, Consumer<Work> end) {
		Work work = this.works.remove(channel);
		if (work != null) {
			end.accept(work);
		}
	}

	/**
	 * Ends the works that have got no end point, as there was no thread for instance.
	 */
	private final class FailureListener implements SelectorManager.AcceptListener {

		@Override
		public void onAcceptFailed(SelectableChannel channel, Throwable cause) {
			end(channel, Work::fail);
		}

	}

	/**
	 * Knows whether it answers a request.
	 */
	final class WorkEndPoint extends SocketChannelEndPoint {

		WorkEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
			super(channel, selector, key, scheduler);
		}

		@Override
		protected void doShutdownOutput() {
			super.doShutdownOutput();
			if (WorkConnector.this.isShutdown()) {
				// The drain waits for this connection, and the
				// client may not be in a hurry to close
				setIdleTimeout(HomeRule.DRAIN_IDLE_TIME.toMillis());
			}
		}

		/**
		 * End as if the time for idle connections was over, if that of a drain is.
		 */
		void closeIfIdle() {
			if (!isAnswering() && getIdleFor() >= HomeRule.DRAIN_IDLE_TIME.toMillis()) {
				onIdleExpired(new TimeoutException("Idle while the worker drains"));
				notIdle();
			}
		}

		/**
		 * Between requests of HTTP/1.1 there have been as many as responses, and nothing
		 * is to be written. HTTP/2 would end all streams when it is idle in a drain, and
		 * what else it can be upgraded to knows itself what it means to be idle.
		 */
		boolean isAnswering() {
			Connection connection = getConnection();
			if (connection instanceof SslConnection ssl) {
				connection = ssl.getSslEndPoint().getConnection();
			}
			if (!(connection instanceof Connection.UpgradeFrom)) {
				return connection instanceof ConnectionMetaData;
			}
			return (connection.getMessagesIn() != connection.getMessagesOut() || !isFillInterested()
					|| getWriteFlusher().isPending());
		}

	}

}
