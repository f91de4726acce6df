package io.fdwork.sample.netty;

import io.fdwork.Work;
import io.fdwork.serve.NettyServer;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;

/**
 * Writes down each answer that the kernel has taken.
 */
@ChannelHandler.Sharable
class JournalHandler extends ChannelOutboundHandlerAdapter {

	private final Journal journal;

	JournalHandler(Journal journal) {
		this.journal = journal;
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		Work work = context.channel().attr(NettyServer.WORK).get();
		context.write(message, promise.unvoid()).addListener((written) -> {
			if (written.isSuccess() && work != null) {
				this.journal.write(Journal.Step.ANSWERED, work.id(), work.remoteAddress());
			}
		});
	}

}
