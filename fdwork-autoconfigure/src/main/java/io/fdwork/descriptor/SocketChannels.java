package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.Supplier;

import io.netty.channel.ChannelException;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blocking channels over TCP sockets that were received.
 */
final class SocketChannels {

	/**
	 * The argument of the JVM that opens the JDK's channels to fdwork.
	 */
	static final String FLAG = "--add-opens java.base/sun.nio.ch=ALL-UNNAMED";

	private static final Logger logger = LoggerFactory.getLogger(SocketChannels.class);

	private static final @Nullable Constructor<?> constructor = findConstructor();

	private static final @Nullable Method number = findNumber();

	private SocketChannels() {
	}

	// No public API makes a channel of the JDK from a descriptor
	private static @Nullable Constructor<?> findConstructor() {
		try {
			Constructor<?> constructor = Class.forName("sun.nio.ch.SocketChannelImpl")
				.getDeclaredConstructor(SelectorProvider.class, ProtocolFamily.class, FileDescriptor.class,
						SocketAddress.class);
			constructor.setAccessible(true);
			return constructor;
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			logger.warn("The JDK's SocketChannel is closed to fdwork, junixsocket's is used instead (slower, and it "
					+ "cannot tell addresses). Start the JVM with {}", FLAG);
			return null;
		}
	}

	private static @Nullable Method findNumber() {
		try {
			Method number = Class.forName("sun.nio.ch.SocketChannelImpl").getMethod("getFDVal");
			number.setAccessible(true);
			return number;
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			// The constructor is closed too, and the log says so
			return null;
		}
	}

	static boolean isJdkOpened() {
		return constructor != null;
	}

	static SocketChannel open(int number, @Nullable InetSocketAddress remote, Supplier<Descriptor> move,
			Runnable release) throws IOException {
		if (constructor == null) {
			return openFallback(number, move);
		}
		// The descriptor may be O_NONBLOCK (Netty accepts so): a blocking channel of the
		// JDK polls when a read or write would block, so there is no need to change that
		SocketChannel channel = openJdk(constructor, number, remote);
		release.run();
		return channel;
	}

	private static SocketChannel openJdk(Constructor<?> constructor, int number, @Nullable InetSocketAddress remote)
			throws IOException {
		InetSocketAddress peer = (remote != null) ? remote : remoteAddress(number);
		if (peer == null) {
			throw new IOException("Not a connected TCP socket");
		}
		ProtocolFamily family = (peer.getAddress() instanceof Inet6Address) ? StandardProtocolFamily.INET6
				: StandardProtocolFamily.INET;
		try {
			return (SocketChannel) constructor.newInstance(SelectorProvider.provider(), family,
					FileDescriptors.of(number), peer);
		}
		catch (InvocationTargetException ex) {
			throw new IOException("Not a connected TCP socket", ex.getCause());
		}
		catch (ReflectiveOperationException ex) {
			throw new IOException("Cannot make a SocketChannel", ex);
		}
	}

	private static @Nullable InetSocketAddress remoteAddress(int number) throws IOException {
		try {
			return new io.netty.channel.unix.Socket(number).remoteAddress();
		}
		catch (ChannelException ex) {
			throw new IOException("Not a connected TCP socket", ex);
		}
	}

	/**
	 * Return the number of a channel of the JDK.
	 */
	static int number(SocketChannel channel) throws IOException {
		if (number == null || !number.getDeclaringClass().isInstance(channel)) {
			throw new IOException("Not an open channel of the JDK");
		}
		try {
			// The number of one that is closed may be another's by now
			if (!channel.isOpen()) {
				throw new ClosedChannelException();
			}
			return (int) number.invoke(channel);
		}
		catch (ReflectiveOperationException ex) {
			throw new IOException("Cannot tell the number of a SocketChannel", ex);
		}
	}

	static SocketChannel openFallback(int number, Supplier<Descriptor> move) throws IOException {
		AFSocket<?> socket;
		try {
			socket = (AFSocket<?>) FileDescriptorCast.unsafeUsing(number).as(Socket.class);
		}
		catch (ClassCastException ex) {
			throw new IOException("Not a connected TCP socket", ex);
		}
		// It shuts the connection down when closed, and never closes the descriptor
		Descriptor moved = move.get();
		socket.addCloseable(moved::close);
		return socket.getChannel();
	}

}
