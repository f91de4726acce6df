package io.fdwork.descriptor;

import java.io.IOException;

import org.newsclub.net.unix.AFUNIXDatagramChannel;

/**
 * The end of a {@link MessagePair} that messages come out of. Every process that serves a
 * queue holds it; closing it here closes it for nobody else.
 *
 * @hidden
 */
@Internal
public final class ReceivingEnd implements AutoCloseable {

	private final Descriptor descriptor;

	private final LineWait wait = new LineWait();

	private ReceivingEnd(Descriptor descriptor) {
		this.descriptor = descriptor;
	}

	static ReceivingEnd of(AFUNIXDatagramChannel channel) throws IOException {
		// Closing the channel ends only its own number
		try (channel) {
			return new ReceivingEnd(new Descriptor(Numbers.duplicate(channel.getFileDescriptor())));
		}
	}

	/**
	 * Take a receiving end that came from another process.
	 * @param descriptor what came; moved
	 * @return the receiving end, to be closed by the caller
	 */
	public static ReceivingEnd of(Descriptor descriptor) {
		return new ReceivingEnd(descriptor.move());
	}

	/**
	 * Create a receiver for one thread.
	 * @return the receiver, to be closed by the caller
	 * @throws IOException if the process has no descriptor left, or this is not the end
	 * of a datagram pair
	 */
	public Receiver newReceiver() throws IOException {
		Descriptor duplicate = this.descriptor.duplicate();
		try {
			return new Receiver(duplicate, this.wait);
		}
		catch (IOException | ClassCastException ex) {
			duplicate.close();
			throw new IOException("Not the receiving end of a queue", ex);
		}
		catch (RuntimeException | Error ex) {
			duplicate.close();
			throw ex;
		}
	}

	/**
	 * Count the descriptors in the messages that wait.
	 * @return what counts them, to be closed by the caller before this end is
	 * @throws IOException if the process has no descriptor left
	 */
	public WaitingDescriptors openCount() throws IOException {
		return WaitingDescriptors.of(this.descriptor.number());
	}

	/**
	 * Return whether no message waits.
	 * @return {@code true} if nothing is there to be received now
	 * @throws IOException if this end cannot be asked
	 */
	public boolean isEmpty() throws IOException {
		return Numbers.unread(this.descriptor.number()) == 0;
	}

	/**
	 * Duplicate the descriptor of this end, to pass it to another process.
	 * @return a descriptor, to be closed by the caller
	 * @throws IOException if the process has no descriptor left
	 */
	public Descriptor duplicate() throws IOException {
		return this.descriptor.duplicate();
	}

	@Override
	public void close() {
		this.descriptor.close();
	}

}
