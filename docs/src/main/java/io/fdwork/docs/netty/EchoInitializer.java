package io.fdwork.docs.netty;

import io.fdwork.Work;
import io.fdwork.serve.DrainEvent;
import io.fdwork.serve.FdworkAttributes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Sends back what a client sends, until it ends or the worker drains.
 */
// tag::initializer[]
@Component
public class EchoInitializer extends ChannelInitializer<SocketChannel> {

	@Override
	protected void initChannel(SocketChannel channel) {
		channel.pipeline().addLast(new Echo());
	}

	// end::initializer[]
	// tag::handler[]
	private static final class Echo extends ChannelInboundHandlerAdapter {

		private static final Logger logger = LoggerFactory.getLogger(Echo.class);

		@Override
		public void channelActive(ChannelHandlerContext context) {
			Work work = context.channel().attr(FdworkAttributes.WORK).get();
			logger.debug("Serving {}", work);
		}

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			context.writeAndFlush((ByteBuf) message);
		}

		@Override
		public void userEventTriggered(ChannelHandlerContext context, Object event) {
			if (event instanceof DrainEvent) {
				context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
			}
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			logger.debug("The client has gone", cause);
			context.close();
		}

	}
	// end::handler[]
	// tag::initializer[]

}
// end::initializer[]
