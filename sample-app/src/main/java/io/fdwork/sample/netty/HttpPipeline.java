package io.fdwork.sample.netty;

import io.fdwork.serve.http.IdleReturnHttpCodec;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 on a connection that the daemon accepted: nothing here knows of fdwork but the
 * codec, whose idle connections go back to the daemon, and the {@link JournalHandler}.
 */
class HttpPipeline extends ChannelInitializer<SocketChannel> {

	private static final int MAX_BODY_BYTES = 16 * 1024 * 1024;

	private final Routes routes;

	private final @Nullable JournalHandler journal;

	/**
	 * Create an initializer.
	 * @param routes what to answer
	 * @param journal writes down the answers, if anybody wants to know
	 */
	HttpPipeline(Routes routes, @Nullable JournalHandler journal) {
		this.routes = routes;
		this.journal = journal;
	}

	@Override
	protected void initChannel(SocketChannel channel) {
		channel.pipeline().addLast(new IdleReturnHttpCodec(), new HttpObjectAggregator(MAX_BODY_BYTES));
		if (this.journal != null) {
			channel.pipeline().addLast(this.journal);
		}
		channel.pipeline().addLast(new HttpExchangeHandler(this.routes));
	}

}
