package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread's way of receiving from a {@link ReceivingEnd}. Two threads on one receiver
 * would mix up messages and descriptors, so each has its own. For platform threads only.
 *
 * @hidden
 */
@Internal
public final class Receiver extends Taker<Received> {

	private static final Logger logger = LoggerFactory.getLogger(Receiver.class);

	private static final ByteBuffer NONE = ByteBuffer.allocate(0);

	// A view of the descriptor. An interrupt of the thread that receives
	// closes it, and not the descriptor: then there is a new one
	private AFUNIXDatagramChannel channel;

	private AncillaryBuffer ancillary;

	// Of the thread that receives
	private ByteBuffer buffer = NONE;

	/**
	 * Create a receiver.
	 * @param descriptor the end to receive from; the receiver owns it if this returns
	 * @param wait how the threads of this process wait for the messages of that end
	 */
	Receiver(Descriptor descriptor, LineWait wait) throws IOException {
		super(descriptor, wait);
		this.channel = openChannel();
		this.ancillary = AncillaryBuffer.open(this.channel);
		wait.join();
	}

	private AFUNIXDatagramChannel openChannel() throws IOException {
		AFUNIXDatagramChannel channel = FileDescriptorCast.unsafeUsing(descriptor().number())
			.as(AFUNIXDatagramChannel.class);
		channel.setShutdownOnClose(false);
		return channel;
	}

	/**
	 * Receive one message with its descriptors, waiting for it.
	 * @param buffer where the message goes, from its position; longer messages are cut. A
	 * direct buffer
	 * @param timeout how long to wait; zero to look only
	 * @param admission is asked before each look; one that refuses ends the wait
	 * @return what was received, to be closed by the caller, or {@code null} if nothing
	 * came in time, this was {@linkplain #wake() woken}, or the admission was
	 * {@linkplain #isRefused() refused}
	 * @throws DescriptorsExhaustedException if a message came whose descriptors could not
	 * be taken: that message is lost
	 * @throws IOException if the receiver is closed
	 */
	public @Nullable Received receive(ByteBuffer buffer, Duration timeout, Admission admission) throws IOException {
		this.buffer = buffer;
		try {
			return take(timeout, admission);
		}
		finally {
			this.buffer = NONE;
		}
	}

	@Override
	@Nullable Received takeNow() throws IOException {
		return receive(this.buffer);
	}

	/**
	 * Receive one message with its descriptors, if there is one.
	 * @param buffer where the message goes, from its position; longer messages are cut. A
	 * direct buffer
	 * @return what was received, to be closed by the caller, or {@code null} if nothing
	 * is there
	 * @throws DescriptorsExhaustedException if a message came whose descriptors could not
	 * be taken: that message is lost
	 * @throws IOException if the receiver is closed
	 */
	public @Nullable Received receive(ByteBuffer buffer) throws IOException {
		if (!descriptor().isOpen()) {
			throw new ClosedChannelException();
		}
		AFUNIXDatagramChannel channel = this.channel;
		int length = read(buffer);
		FileDescriptor[] received = channel.getReceivedFileDescriptors();
		// An empty message, which may have brought
		// descriptors all the same, looks like none
		if (length <= 0 && received.length == 0) {
			return null;
		}
		return new Received(Math.max(0, length), Numbers.detachAll(received));
	}

	@Override
	public boolean isEmpty() {
		try {
			return !descriptor().isOpen() || Numbers.unread(descriptor().number()) == 0;
		}
		catch (IOException | IllegalStateException ex) {
			logger.trace("Closed meanwhile", ex);
			return true;
		}
	}

	private int read(ByteBuffer buffer) throws IOException {
		int position = buffer.position();
		this.ancillary.clear();
		try {
			return this.channel.read(buffer);
		}
		catch (ClosedByInterruptException ex) {
			this.channel = openChannel();
			this.ancillary = AncillaryBuffer.open(this.channel);
			// A message that had come must not be lost
			return (buffer.position() > position) ? buffer.position() - position : -1;
		}
		catch (IOException ex) {
			if (DescriptorsExhaustedException.isMeantBy(ex)) {
				int closed = this.ancillary.closeTruncated();
				logger.debug("Closed {} descriptors of a message that had more", closed);
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
			super.close();
		}
	}

}
