package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread's way of receiving from a {@link ReceivingEnd}. Two threads on one receiver
 * would mix up messages and descriptors, so each has its own. For platform threads only.
 */
public final class Receiver implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Receiver.class);

	/**
	 * What junixsocket makes of every wish: room for 60 descriptors.
	 */
	private static final int ANCILLARY_BUFFER_SIZE = 256;

	private final AFUNIXDatagramChannel channel;

	private final Descriptor descriptor;

	/**
	 * Create a receiver.
	 * @param descriptor the end to receive from; the receiver owns it if this returns
	 */
	Receiver(Descriptor descriptor) throws IOException {
		AFUNIXDatagramChannel channel = FileDescriptorCast.unsafeUsing(descriptor.number())
			.as(AFUNIXDatagramChannel.class);
		this.channel = channel;
		this.descriptor = descriptor;
		channel.setShutdownOnClose(false);
		channel.setAncillaryReceiveBufferSize(ANCILLARY_BUFFER_SIZE);
	}

	/**
	 * Receive one message with its descriptors, waiting as long as the pair was opened
	 * with.
	 * @param buffer where the message goes, from its position; longer messages are cut. A
	 * direct buffer
	 * @return what was received, to be closed by the caller, or {@code null} if nothing
	 * came in time
	 * @throws DescriptorsExhaustedException if a message came whose descriptors could not
	 * be taken: that message is lost
	 * @throws IOException if the receiver is closed
	 */
	public @Nullable Received receive(ByteBuffer buffer) throws IOException {
		if (!this.descriptor.isOpen()) {
			throw new ClosedChannelException();
		}
		int length = read(buffer);
		if (length < 0) {
			return null;
		}
		return new Received(length, Numbers.detachAll(this.channel.getReceivedFileDescriptors()));
	}

	private int read(ByteBuffer buffer) throws IOException {
		try {
			return this.channel.read(buffer);
		}
		catch (IOException ex) {
			// What junixsocket says when the kernel had to cut the descriptors (MSG_CTRUNC)
			if (String.valueOf(ex.getMessage()).contains("No buffer space available")) {
				throw new DescriptorsExhaustedException(ex);
			}
			throw ex;
		}
	}

	@Override
	public void close() {
		try {
			// A channel made by a cast forgets its number and never closes it
			this.channel.close();
		}
		catch (IOException ex) {
			logger.warn("Could not close a receiver", ex);
		}
		finally {
			this.descriptor.close();
		}
	}

}
