package io.fdwork.internal.serve.reactor;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.ConnectionChannel;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.home.HomeRule;
import io.fdwork.internal.home.WayHome;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.serve.Preread;
import io.fdwork.internal.worker.IdleReturn;
import io.fdwork.serve.DrainEvent;
import io.fdwork.serve.http.IdleReturnHttpCodec;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.IoEventLoop;
import io.netty.handler.codec.http.HttpDecoderConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.NettyPipeline;
import reactor.netty.channel.ChannelOperations;
import reactor.netty.http.server.HttpRequestDecoderSpec;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

import org.springframework.http.HttpHeaders;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;

/**
 * Serves works with Reactor Netty, as if its server channel had accepted their
 * connections. Idle connections go home if they speak plain HTTP/1.1 and nothing is in
 * their pipeline before the codec.
 */
public final class ReactorNettyServer implements ConnectionServer {

	private static final Logger logger = LoggerFactory.getLogger(ReactorNettyServer.class);

	private final Set<OpenConnection> connections = ConcurrentHashMap.newKeySet();

	private final Supplier<IdleReturn> idleReturn;

	private final WayHome wayHome;

	private final AtomicInteger turns = new AtomicInteger();

	private volatile @Nullable WorkServerChannel serverChannel;

	private volatile List<IoEventLoop> loops = List.of();

	private volatile Duration idleTimeout = Duration.ZERO;

	private volatile boolean draining;

	/**
	 * Create a server.
	 * @param idleReturn where idle connections go; asked for when the first does
	 * @param idleTime how long a connection is idle before it goes; zero to let none go
	 * before the worker drains
	 */
	public ReactorNettyServer(Supplier<IdleReturn> idleReturn, Duration idleTime) {
		this.idleReturn = idleReturn;
		// An answer that was written by another thread may
		// be known to be so a little later
		this.wayHome = new WayHome(idleReturn, idleTime, () -> this.idleTimeout,
				(channel) -> ChannelOperations.get(channel) == null, this::comeBack);
	}

	@Override
	public void accept(Work work) {
		WorkServerChannel serverChannel = this.serverChannel;
		if (serverChannel == null || !serverChannel.isActive()) {
			throw new IllegalStateException("Reactor Netty does not run and does not take " + work);
		}
		if (eventLoops().stream().anyMatch(IoEventLoop::inEventLoop)) {
			work.takeOver();
			open(serverChannel, work, GotWork.connection(work), work.history());
			return;
		}
		try {
			nextEventLoop().execute(() -> open(serverChannel, work, GotWork.connection(work), work.history()));
			work.takeOver();
		}
		catch (RejectedExecutionException ex) {
			throw new IllegalStateException("Reactor Netty stops and does not take " + work, ex);
		}
	}

	private IoEventLoop nextEventLoop() {
		List<IoEventLoop> loops = eventLoops();
		return loops.get(Math.floorMod(this.turns.getAndIncrement(), loops.size()));
	}

	private void open(WorkServerChannel serverChannel, Work work, Descriptor descriptor,
			@Nullable ConnectionHistory history) {
		if (!serverChannel.isActive()) {
			// Its pipeline is empty, and a channel that gets lost in there tells nobody
			refuse(work, descriptor);
			return;
		}
		try {
			ConnectionChannel channel = ConnectionChannel.of(descriptor, work.remoteAddress(), work.localAddress(),
					serverChannel);
			this.wayHome.openFor(channel, work, history);
			if (history != null) {
				countOn(channel, history.requests());
			}
			OpenConnection connection = new OpenConnection(channel, System.nanoTime());
			this.connections.add(connection);
			channel.closeFuture().addListener((closed) -> end(connection, work));
			register(serverChannel, channel, work);
			if (!channel.isOpen()) {
				// Refused: a channel that was never registered
				// tells nobody that it is closed
				end(connection, work);
			}
		}
		catch (RuntimeException ex) {
			logger.error("Cannot serve {}", work, ex);
			work.fail();
		}
	}

	private static void register(WorkServerChannel serverChannel, ConnectionChannel channel, Work work) {
		try {
			serverChannel.accept(channel);
		}
		catch (Exception ex) {
			logger.error("Reactor Netty does not take {}", work, ex);
			work.fail();
			channel.unsafe().closeForcibly();
			return;
		}
		Preread.closeIfMissed(channel, work);
		channel.readAtOnce();
		if (!serverChannel.isActive()) {
			// It has closed all that it knew before this one came
			channel.close();
		}
	}

	/**
	 * Let Reactor Netty go on with its count of the requests of a connection, which it
	 * compares with the most that are allowed.
	 */
	private static void countOn(Channel channel, int requests) {
		if (reactor.netty.Connection.from(channel) instanceof AtomicLong count) {
			count.set(requests);
		}
	}

	private static void refuse(Work work, Descriptor connection) {
		logger.debug("Reactor Netty stops and does not take {}", work);
		TcpSockets.shutdown(connection);
		connection.close();
		work.fail();
	}

	private void end(OpenConnection connection, Work work) {
		this.connections.remove(connection);
		if (!connection.channel().isDetached()) {
			work.close();
		}
	}

	private void comeBack(Work work, Descriptor descriptor, ConnectionHistory history) {
		WorkServerChannel serverChannel = Objects.requireNonNull(this.serverChannel);
		try {
			nextEventLoop().execute(() -> open(serverChannel, work, descriptor, history));
		}
		catch (RejectedExecutionException ex) {
			refuse(work, descriptor);
		}
	}

	@Override
	public List<IoEventLoop> eventLoops() {
		return this.loops;
	}

	@Override
	public int maxConnections() {
		return -1;
	}

	@Override
	public int maxRequests() {
		return -1;
	}

	@Override
	public void part() {
		for (IoEventLoop loop : this.loops) {
			if (!loop.isShuttingDown()) {
				loop.execute(() -> partAll(loop));
			}
		}
	}

	private void partAll(IoEventLoop loop) {
		// A drain tells them, too
		if (!this.draining && this.idleReturn.get().isParting()) {
			forEach(loop, OpenConnection::part);
			loop.schedule(() -> partAll(loop), HomeRule.DRAIN_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	@Override
	public void drain() {
		if (this.draining || this.serverChannel == null) {
			return;
		}
		this.draining = true;
		this.connections.forEach((connection) -> announceDrain(connection.channel()));
		for (IoEventLoop loop : this.loops) {
			if (!loop.isShuttingDown()) {
				loop.scheduleWithFixedDelay(() -> forEach(loop, OpenConnection::endSoon), 0,
						HomeRule.DRAIN_CHECK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
			}
		}
	}

	private static void announceDrain(Channel channel) {
		if (channel.isRegistered()) {
			channel.pipeline().fireUserEventTriggered(DrainEvent.INSTANCE);
		}
	}

	/**
	 * Where the codec is, it closes connections or sends them home.
	 */
	private void forEach(IoEventLoop loop, Consumer<OpenConnection> action) {
		for (OpenConnection connection : this.connections) {
			ConnectionChannel channel = connection.channel();
			if (channel.isRegistered() && channel.eventLoop() == loop && !hasCodec(channel)) {
				action.accept(connection);
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
		WorkLoopResources resources = new WorkLoopResources(loops, serverChannel);
		this.loops = resources.eventLoops();
		this.serverChannel = serverChannel;
		return resources;
	}

	/**
	 * Let idle connections of a web server that is served by this go home.
	 * @param httpServer the web server, with all else that is set
	 * @return the web server
	 */
	HttpServer returningIdle(HttpServer httpServer) {
		HttpDecoderConfig config = decoderConfig(httpServer.configuration().decoder());
		Duration idleTimeout = httpServer.configuration().idleTimeout();
		this.idleTimeout = (idleTimeout != null) ? idleTimeout : Duration.ZERO;
		return RequestGate.before(httpServer).doOnChannelInit((observer, channel, remote) -> {
			// Not behind TLS, an upgrade to HTTP/2 or the proxy protocol
			if (NettyPipeline.HttpCodec.equals(first(channel.pipeline()))) {
				channel.pipeline()
					.replace(NettyPipeline.HttpCodec, NettyPipeline.HttpCodec, new IdleReturnHttpCodec(config));
				if (this.draining) {
					announceDrain(channel);
				}
			}
		});
	}

	private static @Nullable String first(ChannelPipeline pipeline) {
		for (Map.Entry<String, ChannelHandler> handler : pipeline) {
			// What adds the others is there until it is done
			if (!(handler.getValue() instanceof ChannelInitializer)) {
				return handler.getKey();
			}
		}
		return null;
	}

	/**
	 * As Reactor Netty's own.
	 */
	private static HttpDecoderConfig decoderConfig(HttpRequestDecoderSpec spec) {
		return new HttpDecoderConfig().setMaxInitialLineLength(spec.maxInitialLineLength())
			.setMaxHeaderSize(spec.maxHeaderSize())
			.setMaxChunkSize(spec.maxChunkSize())
			.setValidateHeaders(spec.validateHeaders())
			.setInitialBufferSize(spec.initialBufferSize())
			.setAllowDuplicateContentLengths(spec.allowDuplicateContentLengths())
			.setAllowPartialChunks(spec.allowPartialChunks());
	}

	/**
	 * Return a handler whose responses are the last of their connection in a drain,
	 * unless the codec decides that.
	 * @param handler handles the requests
	 * @return the handler
	 */
	HttpHandler endingConnections(HttpHandler handler) {
		return (request, response) -> {
			// An action before each commit would be paid
			// by all requests of the codec, too
			Channel channel = channel(request);
			if (!hasCodec(channel)) {
				response.beforeCommit(() -> Mono.fromRunnable(() -> {
					// A WebSocket says in this header that it is one
					if (WayHome.isLast(channel, null, this.draining) && request.getHeaders().getUpgrade() == null) {
						response.getHeaders().set(HttpHeaders.CONNECTION, "close");
					}
				}));
			}
			return handler.handle(request, response);
		};
	}

	private static Channel channel(ServerHttpRequest request) {
		ChannelOperations<?, ?> operations = ServerHttpRequestDecorator.getNativeRequest(request);
		return operations.channel();
	}

	private static boolean hasCodec(Channel channel) {
		return channel.pipeline().get(IdleReturnHttpCodec.class) != null;
	}

	/**
	 * Close what the web server has left open.
	 */
	void closeConnections() {
		this.connections.forEach((connection) -> connection.channel().close());
	}

}
