package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.awaitility.Awaitility;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * What systemd is told, by a process that has {@link #address()} as NOTIFY_SOCKET.
 */
public final class NotifySocket implements AutoCloseable {

	private final String address;

	private final AFUNIXDatagramChannel channel;

	private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);

	private NotifySocket(String address, AFUNIXSocketAddress socketAddress) throws IOException {
		this.address = address;
		this.channel = AFUNIXDatagramChannel.open();
		this.channel.bind(socketAddress);
		this.channel.configureBlocking(false);
		this.channel.setAncillaryReceiveBufferSize(256);
	}

	/**
	 * Bind a path.
	 */
	public static NotifySocket bind(Path path) throws IOException {
		return new NotifySocket(path.toString(), AFUNIXSocketAddress.of(path));
	}

	/**
	 * Bind a name in the abstract namespace.
	 */
	public static NotifySocket bindAbstract(String name) throws IOException {
		return new NotifySocket("@" + name, AFUNIXSocketAddress.inAbstractNamespace(name));
	}

	public String address() {
		return this.address;
	}

	/**
	 * Wait for the next message.
	 */
	public Message next() {
		return Awaitility.await("a message to systemd")
			.atMost(Duration.ofSeconds(10))
			.pollInterval(Duration.ofMillis(5))
			.until(this::poll, (message) -> message != null);
	}

	/**
	 * Return the next message, {@code null} if there is none.
	 */
	public Message poll() throws IOException {
		this.buffer.clear();
		// The sender has no name, so that what this returns tells nothing
		this.channel.receive(this.buffer);
		if (this.buffer.position() == 0) {
			return null;
		}
		String text = StandardCharsets.UTF_8.decode(this.buffer.flip()).toString();
		return new Message(text, Numbers.detachAll(this.channel.getReceivedFileDescriptors()));
	}

	/**
	 * Make a socket block, as those are that systemd passes.
	 */
	public static void makeBlocking(Descriptor descriptor) throws IOException {
		((AFSocket<?>) FileDescriptorCast.unsafeUsing(descriptor.number()).as(java.net.Socket.class)).getChannel()
			.configureBlocking(true);
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
	}

	/**
	 * One message.
	 */
	public record Message(String text, List<Descriptor> descriptors) implements AutoCloseable {

		/**
		 * Return the lines.
		 */
		public List<String> lines() {
			return this.text.lines().toList();
		}

		@Override
		public void close() {
			this.descriptors.forEach(Descriptor::close);
		}

	}

}
