package io.fdwork.serve.reactor;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

import io.fdwork.Work;
import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.serve.ConnectionServer;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.resources.LoopResources;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.HttpHandler;

/**
 * Serves works with Reactor Netty, as if its server channel had accepted their connections.
 */
public final class ReactorNettyServer implements ConnectionServer {

	private static final Logger logger = LoggerFactory.getLogger(ReactorNettyServer.class);

	private static final long DRAIN_CHECK_MILLIS = 100;

	private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

	private volatile @Nullable WorkServerChannel serverChannel;

	private volatile boolean draining;

	@Override
	public void accept(Work work) {
		WorkServerChannel serverChannel = this.serverChannel;
		if (serverChannel == null || !serverChannel.isActive()) {
			throw new IllegalStateException("Reactor Netty does not run and does not take " + work);
		}
		try {
			serverChannel.eventLoop().execute(() -> open(serverChannel, work));
			work.takeOver();
		}
		catch (RejectedExecutionException ex) {
			throw new IllegalStateException("Reactor Netty stops and does not take " + work, ex);
		}
	}

	private void open(WorkServerChannel serverChannel, Work work) {
		try {
			ConnectionChannel channel = work.descriptors()
				.get(0)
				.toNettyChannel(work.remoteAddress(), work.localAddress(), serverChannel);
			Connection connection = new Connection(channel, System.nanoTime());
			this.connections.add(connection);
			channel.closeFuture().addListener((closed) -> end(connection, work));
			serverChannel.pipeline().fireChannelRead(channel).fireChannelReadComplete();
			if (!channel.isOpen()) {
				// Refused: a channel that was never registered tells nobody that it is closed
				end(connection, work);
			}
		}
		catch (RuntimeException ex) {
			logger.error("Cannot serve {}", work, ex);
			work.fail();
		}
	}

	private void end(Connection connection, Work work) {
		this.connections.remove(connection);
		work.close();
	}

	@Override
	public int maxConnections() {
		return -1;
	}

	@Override
	public void drain() {
		WorkServerChannel serverChannel = this.serverChannel;
		if (this.draining || serverChannel == null || serverChannel.eventLoop().isShuttingDown()) {
			return;
		}
		this.draining = true;
		serverChannel.eventLoop()
			.scheduleWithFixedDelay(this::closeIdle, DRAIN_IDLE_TIME.toMillis(), DRAIN_CHECK_MILLIS,
					TimeUnit.MILLISECONDS);
	}

	private void closeIdle() {
		long now = System.nanoTime();
		for (Connection connection : this.connections) {
			if (connection.channel.isRegistered() && now - connection.openedNanos > DRAIN_IDLE_TIME.toNanos()) {
				connection.channel.eventLoop().execute(connection::closeIfIdle);
			}
		}
	}

	/**
	 * Return the event loops of a web server that is served by this.
	 * @param loops the event loops of the application; stay the caller's
	 * @return the same event loops, with another server channel
	 */
	LoopResources resources(LoopResources loops) {
		WorkServerChannel serverChannel = new WorkServerChannel();
		this.serverChannel = serverChannel;
		return new WorkLoopResources(loops, serverChannel);
	}

	/**
	 * Return a handler whose responses are the last of their connection in a drain.
	 * @param handler handles the requests
	 * @return the handler
	 */
	HttpHandler endingConnections(HttpHandler handler) {
		return (request, response) -> {
			response.beforeCommit(() -> Mono.fromRunnable(() -> {
				// A WebSocket says in this header that it is one
				if (this.draining && request.getHeaders().getUpgrade() == null) {
					response.getHeaders().set(HttpHeaders.CONNECTION, "close");
				}
			}));
			return handler.handle(request, response);
		};
	}

	/**
	 * Close what the web server has left open.
	 */
	void closeConnections() {
		this.connections.forEach((connection) -> connection.channel.close());
	}

	/**
	 * A connection, and when it was opened.
	 */
	private static final class Connection {

		private final Channel channel;

		private final long openedNanos;

		private boolean closing;

		Connection(Channel channel, long openedNanos) {
			this.channel = channel;
			this.openedNanos = openedNanos;
		}

		/**
		 * With HTTP/2 the requests are those of other channels, and closing says so to the
		 * client and waits for them.
		 */
		void closeIfIdle() {
			if (!this.closing && ChannelOperations.get(this.channel) == null) {
				this.closing = true;
				this.channel.close();
			}
		}

	}

}
