package io.fdwork.descriptor;

import java.io.IOException;
import java.util.Map;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.MessageSizeEstimator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelConfig;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.SocketChannelConfig;

/**
 * The options of a {@link ConnectionChannel}. Unlike Netty's own it asks and sets nothing
 * when it is created: {@code TCP_NODELAY} comes from the listener.
 *
 * @hidden
 */
@Internal
public final class ConnectionChannelConfig extends EpollChannelConfig implements SocketChannelConfig {

	private final LinuxSocket socket;

	private volatile boolean allowHalfClosure;

	ConnectionChannelConfig(ConnectionChannel channel) {
		super(channel);
		this.socket = channel.socket();
	}

	@Override
	public Map<ChannelOption<?>, Object> getOptions() {
		Map<ChannelOption<?>, Object> options = getOptions(super.getOptions(), ChannelOption.SO_RCVBUF,
				ChannelOption.SO_SNDBUF, ChannelOption.TCP_NODELAY, ChannelOption.SO_KEEPALIVE,
				ChannelOption.SO_REUSEADDR, ChannelOption.SO_LINGER, ChannelOption.IP_TOS,
				ChannelOption.ALLOW_HALF_CLOSURE);
		return getOptions(options, KernelOption.ALL.keySet().toArray(ChannelOption[]::new));
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T> T getOption(ChannelOption<T> option) {
		if (option == ChannelOption.SO_RCVBUF) {
			return (T) (Integer) getReceiveBufferSize();
		}
		if (option == ChannelOption.SO_SNDBUF) {
			return (T) (Integer) getSendBufferSize();
		}
		if (option == ChannelOption.TCP_NODELAY) {
			return (T) (Boolean) isTcpNoDelay();
		}
		if (option == ChannelOption.SO_KEEPALIVE) {
			return (T) (Boolean) isKeepAlive();
		}
		if (option == ChannelOption.SO_REUSEADDR) {
			return (T) (Boolean) isReuseAddress();
		}
		if (option == ChannelOption.SO_LINGER) {
			return (T) (Integer) getSoLinger();
		}
		if (option == ChannelOption.IP_TOS) {
			return (T) (Integer) getTrafficClass();
		}
		if (option == ChannelOption.ALLOW_HALF_CLOSURE) {
			return (T) (Boolean) isAllowHalfClosure();
		}
		KernelOption kernelOption = KernelOption.ALL.get(option);
		if (kernelOption != null) {
			return (T) kernelOption.fromInt()
				.apply(get(() -> this.socket.getIntOpt(kernelOption.level(), kernelOption.name())));
		}
		return super.getOption(option);
	}

	@Override
	public <T> boolean setOption(ChannelOption<T> option, T value) {
		validate(option, value);
		if (option == ChannelOption.SO_RCVBUF) {
			setReceiveBufferSize((Integer) value);
		}
		else if (option == ChannelOption.SO_SNDBUF) {
			setSendBufferSize((Integer) value);
		}
		else if (option == ChannelOption.TCP_NODELAY) {
			setTcpNoDelay((Boolean) value);
		}
		else if (option == ChannelOption.SO_KEEPALIVE) {
			setKeepAlive((Boolean) value);
		}
		else if (option == ChannelOption.SO_REUSEADDR) {
			setReuseAddress((Boolean) value);
		}
		else if (option == ChannelOption.SO_LINGER) {
			setSoLinger((Integer) value);
		}
		else if (option == ChannelOption.IP_TOS) {
			setTrafficClass((Integer) value);
		}
		else if (option == ChannelOption.ALLOW_HALF_CLOSURE) {
			setAllowHalfClosure((Boolean) value);
		}
		else {
			return setKernelOption(option, value);
		}
		return true;
	}

	private <T> boolean setKernelOption(ChannelOption<T> option, T value) {
		KernelOption kernelOption = KernelOption.ALL.get(option);
		if (kernelOption == null) {
			return super.setOption(option, value);
		}
		set(() -> this.socket.setIntOpt(kernelOption.level(), kernelOption.name(),
				kernelOption.toInt().applyAsInt(value)));
		return true;
	}

	@Override
	public boolean isTcpNoDelay() {
		return get(this.socket::isTcpNoDelay);
	}

	@Override
	public ConnectionChannelConfig setTcpNoDelay(boolean tcpNoDelay) {
		return set(() -> this.socket.setTcpNoDelay(tcpNoDelay));
	}

	@Override
	public int getSoLinger() {
		return get(this.socket::getSoLinger);
	}

	@Override
	public ConnectionChannelConfig setSoLinger(int soLinger) {
		return set(() -> this.socket.setSoLinger(soLinger));
	}

	@Override
	public int getSendBufferSize() {
		return get(this.socket::getSendBufferSize);
	}

	@Override
	public ConnectionChannelConfig setSendBufferSize(int sendBufferSize) {
		return set(() -> this.socket.setSendBufferSize(sendBufferSize));
	}

	@Override
	public int getReceiveBufferSize() {
		return get(this.socket::getReceiveBufferSize);
	}

	@Override
	public ConnectionChannelConfig setReceiveBufferSize(int receiveBufferSize) {
		return set(() -> this.socket.setReceiveBufferSize(receiveBufferSize));
	}

	@Override
	public boolean isKeepAlive() {
		return get(this.socket::isKeepAlive);
	}

	@Override
	public ConnectionChannelConfig setKeepAlive(boolean keepAlive) {
		return set(() -> this.socket.setKeepAlive(keepAlive));
	}

	@Override
	public int getTrafficClass() {
		return get(this.socket::getTrafficClass);
	}

	@Override
	public ConnectionChannelConfig setTrafficClass(int trafficClass) {
		return set(() -> this.socket.setTrafficClass(trafficClass));
	}

	@Override
	public boolean isReuseAddress() {
		return get(this.socket::isReuseAddress);
	}

	@Override
	public ConnectionChannelConfig setReuseAddress(boolean reuseAddress) {
		return set(() -> this.socket.setReuseAddress(reuseAddress));
	}

	@Override
	public ConnectionChannelConfig setPerformancePreferences(int connectionTime, int latency, int bandwidth) {
		return this;
	}

	@Override
	public boolean isAllowHalfClosure() {
		return this.allowHalfClosure;
	}

	@Override
	public ConnectionChannelConfig setAllowHalfClosure(boolean allowHalfClosure) {
		this.allowHalfClosure = allowHalfClosure;
		return this;
	}

	@Override
	public ConnectionChannelConfig setConnectTimeoutMillis(int connectTimeoutMillis) {
		super.setConnectTimeoutMillis(connectTimeoutMillis);
		return this;
	}

	@Override
	@Deprecated
	public ConnectionChannelConfig setMaxMessagesPerRead(int maxMessagesPerRead) {
		super.setMaxMessagesPerRead(maxMessagesPerRead);
		return this;
	}

	@Override
	public ConnectionChannelConfig setWriteSpinCount(int writeSpinCount) {
		super.setWriteSpinCount(writeSpinCount);
		return this;
	}

	@Override
	public ConnectionChannelConfig setAllocator(ByteBufAllocator allocator) {
		super.setAllocator(allocator);
		return this;
	}

	@Override
	public ConnectionChannelConfig setRecvByteBufAllocator(RecvByteBufAllocator allocator) {
		super.setRecvByteBufAllocator(allocator);
		return this;
	}

	@Override
	public ConnectionChannelConfig setAutoRead(boolean autoRead) {
		super.setAutoRead(autoRead);
		return this;
	}

	@Override
	public ConnectionChannelConfig setAutoClose(boolean autoClose) {
		super.setAutoClose(autoClose);
		return this;
	}

	@Override
	public ConnectionChannelConfig setMessageSizeEstimator(MessageSizeEstimator estimator) {
		super.setMessageSizeEstimator(estimator);
		return this;
	}

	@Override
	public ConnectionChannelConfig setWriteBufferWaterMark(WriteBufferWaterMark writeBufferWaterMark) {
		super.setWriteBufferWaterMark(writeBufferWaterMark);
		return this;
	}

	private static <T> T get(Getter<T> getter) {
		try {
			return getter.get();
		}
		catch (IOException ex) {
			throw new ChannelException(ex);
		}
	}

	private ConnectionChannelConfig set(Setter setter) {
		try {
			setter.set();
			return this;
		}
		catch (IOException ex) {
			throw new ChannelException(ex);
		}
	}

	/**
	 * Reads an option.
	 */
	private interface Getter<T> {

		T get() throws IOException;

	}

	/**
	 * Sets an option.
	 */
	private interface Setter {

		void set() throws IOException;

	}

}
