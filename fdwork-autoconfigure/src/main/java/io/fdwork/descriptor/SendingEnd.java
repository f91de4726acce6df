package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a {@link MessagePair} that messages go in, or of a socket that another
 * process has bound. Never blocks in a send. For one thread at a time, and for platform
 * threads only.
 *
 * @hidden
 */
@Internal
public final class SendingEnd implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(SendingEnd.class);

	private static final FileDescriptor[] NONE = {};

	private final Descriptor descriptor;

	private final Selector room;

	// A view of the descriptor. An interrupt of the thread that sends
	// closes it, and not the descriptor: then there is a new one
	private AFUNIXDatagramChannel channel;

	private SendingEnd(Descriptor descriptor, Selector room) throws IOException {
		this.descriptor = descriptor;
		this.room = room;
		this.channel = openChannel();
	}

	static SendingEnd of(AFUNIXDatagramChannel channel) throws IOException {
		// Closing the channel ends only its own number
		try (channel) {
			Descriptor descriptor = new Descriptor(Numbers.duplicate(channel.getFileDescriptor()));
			try {
				return new SendingEnd(descriptor, channel.provider().openSelector());
			}
			catch (Throwable ex) {
				descriptor.close();
				throw ex;
			}
		}
	}

	/**
	 * Connect to a datagram socket that another process has bound.
	 * @param address its absolute path, or {@code @} and its name in the abstract
	 * namespace
	 * @return the end that messages to it go in, to be closed by the caller
	 * @throws IOException if there is no such socket, or no descriptor left
	 */
	public static SendingEnd connect(String address) throws IOException {
		NativePlatform.require();
		AFUNIXDatagramChannel channel = AFUNIXDatagramChannel.open();
		try {
			channel.setShutdownOnClose(false);
			channel.connect((address.startsWith("@")) ? AFUNIXSocketAddress.inAbstractNamespace(address.substring(1))
					: AFUNIXSocketAddress.of(Path.of(address)));
			return of(channel);
		}
		catch (Throwable ex) {
			channel.close();
			throw ex;
		}
	}

	private AFUNIXDatagramChannel openChannel() throws IOException {
		AFUNIXDatagramChannel channel = FileDescriptorCast.unsafeUsing(this.descriptor.number())
			.as(AFUNIXDatagramChannel.class);
		channel.configureBlocking(false);
		channel.register(this.room, SelectionKey.OP_WRITE);
		return channel;
	}

	/**
	 * Send a message, unless the buffer of the pair is full. Whatever the result, the
	 * descriptors stay the caller's, open.
	 * @param message what to send; a direct buffer
	 * @param descriptors what to send with it
	 * @return {@code true} if the kernel holds the message now, {@code false} if there
	 * was no room or too many descriptors of this user are in flight
	 * @throws IOException if it can never be sent
	 */
	public boolean send(ByteBuffer message, List<Descriptor> descriptors) throws IOException {
		FileDescriptor[] outbound = (descriptors.isEmpty()) ? NONE : new FileDescriptor[descriptors.size()];
		for (int i = 0; i < outbound.length; i++) {
			outbound[i] = Numbers.view(descriptors.get(i).number());
		}
		if (!this.descriptor.isOpen()) {
			throw new ClosedChannelException();
		}
		int length = message.remaining();
		// Before every attempt: a refused write forgets them and would send without them
		this.channel.setOutboundFileDescriptors(outbound);
		try {
			int written = write(message);
			if (written != 0 && written != length) {
				throw new IOException("Sent " + written + " bytes of a message of " + length);
			}
			return written != 0;
		}
		catch (IOException ex) {
			this.channel.setOutboundFileDescriptors(NONE);
			// It passes like a full queue
			if (TooManyInFlightException.isMeantBy(ex)) {
				logger.debug("Too many descriptors in flight: treated as a full queue", ex);
				return false;
			}
			throw ex;
		}
	}

	private int write(ByteBuffer message) throws IOException {
		int length = message.remaining();
		try {
			return this.channel.write(message);
		}
		catch (ClosedByInterruptException ex) {
			this.channel = openChannel();
			// Whether it was sent before or after the
			// interrupt, it was sent or it was not
			return length - message.remaining();
		}
	}

	/**
	 * Wait until the buffer of the pair is no more than a quarter full, which is when
	 * Linux calls it writable.
	 * @param timeout how long to wait; rounded up to a millisecond
	 * @return whether it is
	 * @throws IOException if the end is closed
	 */
	public boolean awaitRoom(Duration timeout) throws IOException {
		this.room.selectedKeys().clear();
		return this.room.select(Math.max(1, timeout.toMillis())) > 0;
	}

	/**
	 * Return the size of the buffer as the kernel accounts it: frames with their
	 * overhead.
	 * @return the size in bytes
	 * @throws IOException if the end is closed
	 */
	public int bufferSize() throws IOException {
		return this.channel.getOption(StandardSocketOptions.SO_SNDBUF);
	}

	/**
	 * Ask for a size of the buffer. The kernel caps it at twice
	 * {@code net.core.wmem_max}; {@link #bufferSize()} tells what it gave.
	 * @param bytes the size wanted, as {@link #bufferSize()} counts
	 * @throws IOException if the end is closed
	 */
	public void requestBufferSize(int bytes) throws IOException {
		// Linux doubles what is set (socket(7))
		this.channel.setOption(StandardSocketOptions.SO_SNDBUF, bytes / 2);
	}

	@Override
	public void close() {
		try {
			this.room.close();
			this.channel.close();
		}
		catch (IOException ex) {
			logger.warn("Could not close the sending end of a queue", ex);
		}
		finally {
			this.descriptor.close();
		}
	}

}
