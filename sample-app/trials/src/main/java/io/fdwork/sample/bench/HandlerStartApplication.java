package io.fdwork.sample.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.serve.FdworkAttributes;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/**
 * A worker that answers with the nanoseconds from the put of a connection until its
 * handler has started: a blocking one, or with {@code --bench.handler=netty} a pipeline.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class HandlerStartApplication {

	private static final int REQUEST_BYTES = 4096;

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(HandlerStartApplication.class, args);
	}

	@Bean
	@ConditionalOnProperty(name = "bench.handler", havingValue = "blocking")
	WorkHandler handler() {
		return HandlerStartApplication::handle;
	}

	@Bean
	@ConditionalOnProperty(name = "bench.handler", havingValue = "netty")
	ChannelInitializer<Channel> pipeline() {
		return new Pipeline();
	}

	private static void handle(Work work) throws IOException {
		long waited = System.nanoTime() - work.putNanos();
		SocketChannel channel = work.channel();
		// A request that is shorter than a segment comes whole
		channel.read(ByteBuffer.allocate(REQUEST_BYTES));
		channel.write(ByteBuffer.wrap(answer(waited)));
	}

	private static byte[] answer(long nanos) {
		String body = String.valueOf(nanos);
		return ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: " + body.length() + "\r\n\r\n" + body)
			.getBytes(StandardCharsets.US_ASCII);
	}

	/**
	 * Takes the time when a channel gets its handlers.
	 */
	private static final class Pipeline extends ChannelInitializer<Channel> {

		@Override
		protected void initChannel(Channel channel) {
			Work work = channel.attr(FdworkAttributes.WORK).get();
			channel.pipeline().addLast(new Answer(System.nanoTime() - work.putNanos()));
		}

	}

	/**
	 * Answers whatever is asked.
	 */
	private static final class Answer extends SimpleChannelInboundHandler<ByteBuf> {

		private final long waited;

		Answer(long waited) {
			this.waited = waited;
		}

		@Override
		protected void channelRead0(ChannelHandlerContext context, ByteBuf request) {
			context.writeAndFlush(Unpooled.wrappedBuffer(answer(this.waited))).addListener(ChannelFutureListener.CLOSE);
		}

	}

}
