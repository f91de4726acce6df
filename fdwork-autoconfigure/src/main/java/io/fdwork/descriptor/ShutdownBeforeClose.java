package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.channels.NotYetConnectedException;

import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.Socket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the output of a connection before its channel is closed, so that the client sees
 * the end also while another process still holds a duplicate of the descriptor.
 */
@Sharable
final class ShutdownBeforeClose extends ChannelOutboundHandlerAdapter {

	static final ShutdownBeforeClose INSTANCE = new ShutdownBeforeClose();

	private static final Logger logger = LoggerFactory.getLogger(ShutdownBeforeClose.class);

	@Override
	public void close(ChannelHandlerContext context, ChannelPromise promise) {
		if (context.channel() instanceof EpollSocketChannel channel && channel.isOpen()
				&& channel.fd() instanceof Socket socket) {
			try {
				socket.shutdown(false, true);
			}
			catch (IOException | NotYetConnectedException ex) {
				logger.trace("The client has gone already", ex);
			}
		}
		context.close(promise);
	}

}
