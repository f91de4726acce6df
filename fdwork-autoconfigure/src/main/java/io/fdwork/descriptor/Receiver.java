package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
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

	Receiver(AFUNIXDatagramChannel channel) {
		this.channel = channel;
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
	 * @throws IOException if the receiver is closed, or a message came whose descriptors
	 * could not be taken: that message is lost and its descriptors are closed
	 */
	public @Nullable Received receive(ByteBuffer buffer) throws IOException {
		int length = this.channel.read(buffer);
		if (length < 0) {
			return null;
		}
		return new Received(length, Numbers.detachAll(this.channel.getReceivedFileDescriptors()));
	}

	@Override
	public void close() {
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			logger.warn("Could not close a receiver", ex);
		}
	}

}
