package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.List;

import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of a {@link MessagePair} that messages go in. Never blocks in a send. For one
 * thread at a time, and for platform threads only.
 */
public final class SendingEnd implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(SendingEnd.class);

	private static final FileDescriptor[] NONE = {};

	private final AFUNIXDatagramChannel channel;

	private final Selector room;

	SendingEnd(AFUNIXDatagramChannel channel) throws IOException {
		this.channel = channel;
		channel.configureBlocking(false);
		channel.setShutdownOnClose(false);
		this.room = channel.provider().openSelector();
		channel.register(this.room, SelectionKey.OP_WRITE);
	}

	/**
	 * Send a message, unless the buffer of the pair is full. Whatever the result, the
	 * descriptors stay the caller's, open.
	 * @param message what to send; a direct buffer
	 * @param descriptors what to send with it
	 * @return {@code true} if the kernel holds the message now, {@code false} if there was
	 * no room or too many descriptors of this user are in flight
	 * @throws IOException if it can never be sent
	 */
	public boolean send(ByteBuffer message, List<Descriptor> descriptors) throws IOException {
		FileDescriptor[] outbound = (descriptors.isEmpty()) ? NONE : new FileDescriptor[descriptors.size()];
		for (int i = 0; i < outbound.length; i++) {
			outbound[i] = Numbers.view(descriptors.get(i).number());
		}
		int length = message.remaining();
		// Before every attempt: a refused write forgets them and would send without them
		this.channel.setOutboundFileDescriptors(outbound);
		try {
			int written = this.channel.write(message);
			if (written != 0 && written != length) {
				throw new IOException("Sent " + written + " bytes of a message of " + length);
			}
			return written != 0;
		}
		catch (IOException ex) {
			this.channel.setOutboundFileDescriptors(NONE);
			if (isTooManyReferences(ex)) {
				logger.debug("Too many descriptors in flight: treated as a full queue", ex);
				return false;
			}
			throw ex;
		}
	}

	/**
	 * ETOOMANYREFS (unix(7)): the descriptors in flight of this user are as many as its
	 * limit of open files. It passes like a full queue, when somebody receives.
	 */
	private static boolean isTooManyReferences(IOException ex) {
		String message = String.valueOf(ex.getMessage());
		return message.contains("Too many references");
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
	 * Return the size of the buffer as the kernel accounts it: frames with their overhead.
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
	}

}
