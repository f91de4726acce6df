package io.fdwork.sample.netty;

import io.fdwork.Work;
import io.fdwork.sample.Journal;
import io.fdwork.serve.FdworkAttributes;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Writes down each answer that the kernel has taken, and the end of the channel.
 */
@ChannelHandler.Sharable
class JournalHandler extends ChannelDuplexHandler {

	private final Journal journal;

	JournalHandler(Journal journal) {
		this.journal = journal;
	}

	@Override
	public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
		Work work = context.channel().attr(FdworkAttributes.WORK).get();
		context.write(message, promise.unvoid()).addListener((written) -> {
			if (written.isSuccess() && work != null) {
				this.journal.write(Journal.Step.ANSWERED, work.id(), work.remoteAddress());
			}
		});
	}

	@Override
	public void channelInactive(ChannelHandlerContext context) {
		Work work = context.channel().attr(FdworkAttributes.WORK).get();
		if (work != null) {
			this.journal.write(Journal.Step.LEFT, work.id(), work.remoteAddress());
		}
		context.fireChannelInactive();
	}

}
