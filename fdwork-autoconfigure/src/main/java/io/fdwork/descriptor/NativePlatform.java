package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.AFSocketCapability;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this process can pass descriptors at all.
 *
 * @hidden
 */
@Internal
public final class NativePlatform {

	private static final Logger logger = LoggerFactory.getLogger(NativePlatform.class);

	private static final @Nullable Throwable cause = probe();

	private NativePlatform() {
	}

	private static @Nullable Throwable probe() {
		String system = System.getProperty("os.name", "") + " on " + System.getProperty("os.arch", "");
		if (!system.startsWith("Linux")) {
			return new IllegalStateException("The operating system is " + system);
		}
		if (!Epoll.isAvailable()) {
			return Epoll.unavailabilityCause();
		}
		try {
			if (!AFSocket.supports(AFSocketCapability.CAPABILITY_FILE_DESCRIPTORS)
					|| !AFSocket.supports(AFSocketCapability.CAPABILITY_UNSAFE)) {
				return new IllegalStateException("junixsocket cannot pass file descriptors on " + system);
			}
		}
		catch (LinkageError ex) {
			return ex;
		}
		return null;
	}

	/**
	 * Return what the JVM must be started with, if {@link Descriptor#toSocketChannel} is
	 * to give the JDK's own channels and does not yet. Only those can be selected.
	 * @return the argument of the JVM, or {@code null} if nothing is missing
	 */
	public static @Nullable String missingJdkChannelArgument() {
		return (SocketChannels.isJdkOpened()) ? null : SocketChannels.FLAG;
	}

	/**
	 * Require Linux and the native libraries of Netty and junixsocket.
	 * @throws UnsupportedPlatformException if one of them is missing
	 */
	public static void require() {
		if (cause != null) {
			throw new UnsupportedPlatformException("File descriptors cannot be passed here: " + cause.getMessage(),
					cause);
		}
	}

	/**
	 * Pass a TCP socket through a pair and back. A security module or a seccomp filter
	 * may eat descriptors without an error; this finds it before a connection is lost.
	 * @throws UnsupportedPlatformException if the socket did not arrive
	 */
	public static void selfTest() {
		require();
		try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
				MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor sent = listener.duplicate()) {
			int port = listener.address().getPort();
			ByteBuffer buffer = ByteBuffer.allocateDirect(1);
			if (!pair.sendingEnd().send(buffer, List.of(sent))) {
				// As empty as it is, so many descriptors of this user are in flight: no
				// reason not to start a worker, which is what they wait for
				logger.warn("Cannot test whether descriptors can be passed: too many of this user are in flight");
				return;
			}
			Received received = receiver.receive(buffer.clear());
			if (received == null) {
				throw new IOException("The message did not arrive");
			}
			try (received) {
				if (received.descriptors().size() != 1) {
					throw new IOException("The message arrived with " + received.descriptors().size()
							+ " descriptors instead of one");
				}
				InetSocketAddress address = new Socket(received.descriptors().get(0).number()).localAddress();
				if (address == null || address.getPort() != port) {
					throw new IOException("Another descriptor arrived than was sent");
				}
			}
		}
		catch (IOException ex) {
			throw new UnsupportedPlatformException(
					"A TCP socket passed between two local sockets did not arrive: " + ex.getMessage(), ex);
		}
	}

}
