package io.fdwork.internal.serve;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.home.WayHome;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.worker.IdleReturn;
import io.fdwork.serve.DrainEvent;
import io.fdwork.serve.FdworkAttributes;
import io.fdwork.serve.http.IdleReturnHttpCodec;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves works with a Netty pipeline on event loops. A work is in hand until its channel
 * is closed.
 */
public final class NettyServer implements Consumer<Work>, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(NettyServer.class);

	private final ChannelHandler initializer;

	private final IoEventLoopGroup eventLoops;

	private final List<IoEventLoop> loops = new ArrayList<>();

	private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

	private final @Nullable WayHome wayHome;

	private volatile boolean draining;

	/**
	 * Create a server that keeps idle connections.
	 * @param initializer sets up the pipeline of each channel; sharable
	 * @param threads how many event loops there are
	 */
	public NettyServer(ChannelHandler initializer, int threads) {
		this(initializer, threads, null, Duration.ZERO);
	}

	/**
	 * Create a server.
	 * @param initializer sets up the pipeline of each channel; sharable
	 * @param threads how many event loops there are
	 * @param idleReturn where the idle connections of pipelines with an
	 * {@link IdleReturnHttpCodec} go, {@code null} to keep them
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 */
	public NettyServer(ChannelHandler initializer, int threads, @Nullable IdleReturn idleReturn, Duration idleTime) {
		this.initializer = initializer;
		this.wayHome = (idleReturn != null)
				? new WayHome(() -> idleReturn, idleTime, () -> null, (channel) -> true, this::comeBack) : null;
		this.eventLoops = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("fdwork-netty", true),
				ConnectionChannel.newIoHandlerFactory());
		this.eventLoops.forEach((eventLoop) -> this.loops.add((IoEventLoop) eventLoop));
	}

	@Override
	public void accept(Work work) {
		if (this.eventLoops.isShuttingDown()) {
			// A channel that no event loop takes tells nobody that it is closed
			throw new IllegalStateException("The server is closed and does not take " + work);
		}
		IoEventLoop own = ownEventLoop();
		work.takeOver();
		if (own != null) {
			open(own, work, GotWork.connection(work), work.history());
		}
		else {
			IoEventLoop next = this.eventLoops.next();
			next.execute(() -> open(next, work, GotWork.connection(work), work.history()));
		}
	}

	private @Nullable IoEventLoop ownEventLoop() {
		for (IoEventLoop eventLoop : this.loops) {
			if (eventLoop.inEventLoop()) {
				return eventLoop;
			}
		}
		return null;
	}

	/**
	 * Return the event loops, each of which may get works and hand them to
	 * {@link #accept(Work)}: it serves them itself then.
	 * @return the event loops, at least one
	 */
	public List<IoEventLoop> eventLoops() {
		return this.loops;
	}

	private void open(IoEventLoop eventLoop, Work work, Descriptor connection, @Nullable ConnectionHistory history) {
		try {
			register(eventLoop, ConnectionChannel.of(connection, work.remoteAddress(), work.localAddress(), null), work,
					history);
		}
		catch (RuntimeException ex) {
			logger.error("Cannot serve {}", work, ex);
			work.fail();
		}
	}

	private void register(IoEventLoop eventLoop, ConnectionChannel channel, Work work,
			@Nullable ConnectionHistory history) {
		this.channels.add(channel);
		try {
			channel.attr(FdworkAttributes.WORK).set(work);
			if (this.wayHome != null) {
				this.wayHome.openFor(channel, work, history);
			}
			channel.closeFuture().addListener((closed) -> onClosed(channel, work));
			channel.pipeline().addLast(this.initializer);
			eventLoop.register(channel).addListener((registered) -> onRegistered(channel, registered.cause(), work));
			Preread.closeIfMissed(channel, work);
			ConnectionChannel.readFirst();
		}
		catch (RuntimeException ex) {
			refuse(channel, ex, work);
		}
	}

	private void refuse(Channel channel, Throwable failure, Work work) {
		logger.error("No event loop took {}", work, failure);
		this.channels.remove(channel);
		work.fail();
		// A channel that was never registered tells nobody that it is closed
		channel.unsafe().closeForcibly();
	}

	private void onClosed(ConnectionChannel channel, Work work) {
		this.channels.remove(channel);
		if (!channel.isDetached()) {
			work.close();
		}
	}

	private void comeBack(Work work, Descriptor connection, ConnectionHistory history) {
		IoEventLoop eventLoop = this.eventLoops.next();
		try {
			eventLoop.execute(() -> open(eventLoop, work, connection, history));
		}
		catch (RejectedExecutionException ex) {
			logger.debug("The server is closed and does not take {} again", work, ex);
			TcpSockets.shutdown(connection);
			connection.close();
			work.fail();
		}
	}

	private void onRegistered(Channel channel, @Nullable Throwable failure, Work work) {
		if (failure != null) {
			refuse(channel, failure, work);
		}
		else if (this.draining) {
			announceDrain(channel);
		}
	}

	/**
	 * Tell every pipeline that the worker drains, with a {@link DrainEvent}. One that
	 * keeps connections alive between requests should close them now or after the
	 * response.
	 */
	public void drain() {
		this.draining = true;
		this.channels.forEach(NettyServer::announceDrain);
	}

	private static void announceDrain(Channel channel) {
		if (!channel.isRegistered()) {
			// Told when it is
			return;
		}
		channel.pipeline().fireUserEventTriggered(DrainEvent.INSTANCE);
	}

	/**
	 * Close all channels and end the event loops.
	 */
	@Override
	public void close() {
		this.channels.forEach(Channel::close);
		this.eventLoops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2, TimeUnit.SECONDS);
	}

}
