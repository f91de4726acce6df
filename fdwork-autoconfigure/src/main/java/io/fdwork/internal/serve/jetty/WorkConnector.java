package io.fdwork.internal.serve.jetty;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.HomeSender;
import io.fdwork.internal.home.KeepAlive;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.worker.IdleReturn;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SelectorManager;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.ThreadPool;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connector whose connections are works. It has no socket, and its acceptor has nothing
 * to do.
 */
final class WorkConnector extends ServerConnector {

	private static final Logger logger = LoggerFactory.getLogger(WorkConnector.class);

	private final Map<Object, Arrival> arrivals = new ConcurrentHashMap<>();

	private final Set<WorkEndPoint> leaving = ConcurrentHashMap.newKeySet();

	private final HomeRule rule;

	private final HomeSender sender;

	private final Drain drain = new Drain(this);

	private volatile boolean draining;

	/**
	 * Create a connector.
	 * @param idleReturn where idle connections go; asked for when the first does
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 */
	WorkConnector(Server server, int selectors, Supplier<IdleReturn> idleReturn, Duration idleTime,
			Collection<ConnectionFactory> factories) {
		super(server, null, null, null, 1, selectors,
				factories.stream().map(WorkConnector::knowing).toArray(ConnectionFactory[]::new));
		this.rule = new HomeRule(idleReturn, idleTime, this::idleTimeout);
		this.sender = new HomeSender(idleReturn, this.rule, this::comeBack);
		addBean(new FailureListener());
	}

	private static ConnectionFactory knowing(ConnectionFactory factory) {
		return (factory.getClass() == HttpConnectionFactory.class)
				? new WorkHttpConnection.Factory((HttpConnectionFactory) factory) : factory;
	}

	private Duration idleTimeout() {
		return Duration.ofMillis(Math.max(0, getIdleTimeout()));
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
	void serve(GotWork work) throws IOException {
		if (!isRunning()) {
			throw new IllegalStateException("Jetty does not run and does not take " + work);
		}
		SocketChannel channel = work.serverChannel();
		channel.configureBlocking(false);
		configure(channel.socket());
		work.takeOver();
		open(channel, work, work.history());
	}

	/**
	 * Open the connection of a work.
	 * @param channel its channel, which does not block
	 * @param work the work, which is taken over
	 * @param history what has happened on it, {@code null} for a new one
	 */
	void open(SocketChannel channel, GotWork work, @Nullable ConnectionHistory history) {
		this.arrivals.put(channel, new Arrival(work, history));
		if (isRunning()) {
			getSelectorManager().accept(channel);
		}
		else {
			end(channel, Work::fail);
		}
	}

	private void comeBack(Work work, Descriptor connection, ConnectionHistory history) {
		GotWork got = GotWork.of(work);
		try {
			SocketChannel channel = got.takeBack(connection);
			channel.configureBlocking(false);
			open(channel, got, history);
		}
		catch (IOException ex) {
			logger.debug("Cannot serve {} on", work, ex);
			got.fail();
		}
	}

	/**
	 * Return how many requests are processed at once: by the threads of the pool, or as
	 * tasks on virtual threads, without those that the connector needs itself. -1 if that
	 * is not limited.
	 */
	int maxRequests() {
		ThreadPool pool = getServer().getThreadPool();
		int threads = -1;
		if (pool instanceof VirtualThreadPool virtual) {
			threads = virtual.getMaxConcurrentTasks();
		}
		else if (pool instanceof ThreadPool.SizedThreadPool sized && !VirtualThreads.isUseVirtualThreads(pool)) {
			threads = sized.getMaxThreads();
		}
		int own = getAcceptors() + getSelectorManager().getSelectorCount();
		return (threads > 0) ? Math.max(1, threads - own) : -1;
	}

	/**
	 * Ask the clients of HTTP/2 to go elsewhere, while the daemon parts.
	 */
	void part() {
		this.drain.begin();
	}

	/**
	 * Let every response be the last of its connection, and close idle connections, as
	 * far as they cannot go home.
	 */
	void drain() {
		this.draining = true;
		// Would shorten the time of clients that are slow to send or to read as well
		setShutdownIdleTimeout(-1);
		shutdown();
		this.drain.begin();
		getConnectedEndPoints().forEach((endPoint) -> ((WorkEndPoint) endPoint).drain());
	}

	boolean isDraining() {
		return this.draining;
	}

	/**
	 * Jetty asks for each response of HTTP/1.1 whether it is to be the last one. Each
	 * connection knows that better.
	 */
	@Override
	public boolean isShutdown() {
		return super.isShutdown()
				&& !(getConnectionFactory(HttpConnectionFactory.class) instanceof WorkHttpConnection.Factory);
	}

	/**
	 * Return whether connections begin with HTTP/1.1.
	 */
	boolean isBare() {
		return getDefaultConnectionFactory() instanceof WorkHttpConnection.Factory;
	}

	HomeRule rule() {
		return this.rule;
	}

	boolean isHomeOpen(Work work) {
		return this.sender.isOpen(work, isDraining());
	}

	/**
	 * A connection is about to leave Jetty.
	 * @return {@code false} if it has ended, as Jetty stops
	 */
	boolean leaves(WorkEndPoint endPoint) {
		this.leaving.add(endPoint);
		return this.arrivals.remove(endPoint.getChannel()) != null || !hasLeft(endPoint);
	}

	/**
	 * A connection has left Jetty.
	 * @return {@code false} if it has ended meanwhile, as Jetty stops
	 */
	boolean hasLeft(WorkEndPoint endPoint) {
		return this.leaving.remove(endPoint);
	}

	void send(GotWork work, Descriptor connection, ConnectionHistory history) {
		this.sender.send(work, connection, history, idleTimeout());
	}

	@Override
	protected SocketChannelEndPoint newEndPoint(SocketChannel channel, ManagedSelector selector, SelectionKey key)
			throws IOException {
		Arrival arrival = this.arrivals.get(channel);
		if (arrival == null) {
			throw new ClosedChannelException();
		}
		WorkEndPoint endPoint = new WorkEndPoint(this, channel, selector, key, arrival.work(),
				new KeepAlive(arrival.history()));
		endPoint.setIdleTimeout(getIdleTimeout());
		return endPoint;
	}

	@Override
	protected void onEndPointClosed(EndPoint endPoint) {
		super.onEndPointClosed(endPoint);
		if (!((WorkEndPoint) endPoint).activity().isLeaving()) {
			end(endPoint.getTransport(), Work::close);
		}
	}

	/**
	 * A connection that gets its end point while the selectors stop is closed by nobody,
	 * or by a task that no thread takes any more. So is one that is about to leave.
	 */
	@Override
	protected void doStop() throws Exception {
		try {
			super.doStop();
		}
		finally {
			this.arrivals.keySet().forEach((channel) -> end(channel, Work::close));
			this.leaving.forEach((endPoint) -> {
				if (hasLeft(endPoint)) {
					endPoint.work().close();
				}
			});
		}
	}

	private void end(Object channel, Consumer<Work> end) {
		Arrival arrival = this.arrivals.remove(channel);
		if (arrival != null) {
			end.accept(arrival.work());
		}
	}

	/**
	 * A work whose connection is here, and what had happened on it when it came.
	 */
	private record Arrival(GotWork work, @Nullable ConnectionHistory history) {

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

}
