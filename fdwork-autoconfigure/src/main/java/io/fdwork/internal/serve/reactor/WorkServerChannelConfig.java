package io.fdwork.internal.serve.reactor;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ServerSocketChannelConfig;

/**
 * The options of a {@link WorkServerChannel}. Those of a listening socket are taken and
 * mean nothing: the daemon has that.
 */
final class WorkServerChannelConfig extends DefaultChannelConfig implements ServerSocketChannelConfig {

	WorkServerChannelConfig(WorkServerChannel channel) {
		super(channel);
	}

	@Override
	public <T> boolean setOption(ChannelOption<T> option, T value) {
		super.setOption(option, value);
		return true;
	}

	@Override
	public int getBacklog() {
		return 0;
	}

	@Override
	public ServerSocketChannelConfig setBacklog(int backlog) {
		return this;
	}

	@Override
	public boolean isReuseAddress() {
		return false;
	}

	@Override
	public ServerSocketChannelConfig setReuseAddress(boolean reuseAddress) {
		return this;
	}

	@Override
	public int getReceiveBufferSize() {
		return 0;
	}

	@Override
	public ServerSocketChannelConfig setReceiveBufferSize(int receiveBufferSize) {
		return this;
	}

	@Override
	public ServerSocketChannelConfig setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
		return this;
	}

	@Override
	public ServerSocketChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
		super.setConnectTimeoutMillis(connectTimeoutMillis);
		return this;
	}

	@Override
	@Deprecated
	public ServerSocketChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
		super.setMaxMessagesPerRead(maxMessagesPerRead);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setWriteSpinCount(int writeSpinCount) {
		super.setWriteSpinCount(writeSpinCount);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setAllocator(ByteBufAllocator allocator) {
		super.setAllocator(allocator);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
		super.setRecvByteBufAllocator(allocator);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setAutoRead(boolean autoRead) {
		super.setAutoRead(autoRead);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
		super.setMessageSizeEstimator(estimator);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setWriteBufferHighWaterMark(int writeBufferHighWaterMark) {
		super.setWriteBufferHighWaterMark(writeBufferHighWaterMark);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setWriteBufferLowWaterMark(int writeBufferLowWaterMark) {
		super.setWriteBufferLowWaterMark(writeBufferLowWaterMark);
		return this;
	}

	@Override
	public ServerSocketChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
		super.setWriteBufferWaterMark(writeBufferWaterMark);
		return this;
	}

}
