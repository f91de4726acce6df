package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;

import io.netty.channel.IoEventLoop;
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
public final class Receiver implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Receiver.class);

	private final Descriptor descriptor;

	private final MessageWait wait;

	// A view of the descriptor. An interrupt of the thread that receives
	// closes it, and not the descriptor: then there is a new one
	private AFUNIXDatagramChannel channel;

	private AncillaryBuffer ancillary;

	private volatile boolean woken;

	// Of the thread that receives
	private boolean refused;

	private long notBeforeNanos = System.nanoTime();

	/**
	 * Create a receiver.
	 * @param descriptor the end to receive from; the receiver owns it if this returns
	 * @param wait how the threads of this process wait for the messages of that end
	 */
	Receiver(Descriptor descriptor, MessageWait wait) throws IOException {
		this.descriptor = descriptor;
		this.wait = wait;
		this.channel = openChannel();
		this.ancillary = AncillaryBuffer.open(this.channel);
		wait.join();
	}

	private AFUNIXDatagramChannel openChannel() throws IOException {
		AFUNIXDatagramChannel channel = FileDescriptorCast.unsafeUsing(this.descriptor.number())
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
		this.refused = false;
		if (timeout.isZero() || !this.wait.isStandingBack()) {
			Received received = look(buffer, admission);
			if (received != null || this.refused || timeout.isZero()) {
				return received;
			}
		}
		try {
			return this.wait.receive(this, buffer, timeout, admission);
		}
		finally {
			this.woken = false;
		}
	}

	/**
	 * Let the thread that waits for a message return, after another look. If none waits,
	 * the next one that would does not. While another receiver of the same end waits and
	 * is not woken, it goes first. Safe for all threads.
	 */
	public void wake() {
		this.woken = true;
		this.wait.wake();
	}

	/**
	 * Let the others go first: those who were woken for the messages that are there now
	 * may need a moment until they run. Whoever waits here leaves them a message that
	 * comes meanwhile, until the time is over. For the thread that receives.
	 * @param nanos for how long, in nanoseconds
	 */
	public void standBack(long nanos) {
		this.notBeforeNanos = System.nanoTime() + nanos;
		this.wait.standBack(this.notBeforeNanos);
	}

	/**
	 * Return how long this receiver still lets the others go first. Who looks without
	 * waiting asks for that itself.
	 * @return the nanoseconds, zero or less if it does not
	 */
	public long standingBackNanos() {
		return this.notBeforeNanos - System.nanoTime();
	}

	/**
	 * Receive one message, if it is admitted and there is one.
	 */
	@Nullable Received look(ByteBuffer buffer, Admission admission) throws IOException {
		this.refused = !admission.tryEnter();
		if (this.refused) {
			return null;
		}
		Received received = null;
		try {
			received = receive(buffer);
			if (received != null) {
				admission.entered();
			}
			return received;
		}
		finally {
			if (received == null) {
				admission.exit();
			}
		}
	}

	/**
	 * Return whether the last look was refused, so that nobody knows whether there is a
	 * message. For the thread that receives.
	 * @return whether it was
	 */
	public boolean isRefused() {
		return this.refused;
	}

	/**
	 * Return whether a message would be admitted now, as {@link #isRefused()} says then.
	 */
	boolean isAdmitted(Admission admission) {
		this.refused = !admission.isOpen();
		return !this.refused;
	}

	boolean isWoken() {
		return this.woken;
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
		if (!this.descriptor.isOpen()) {
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

	/**
	 * Return whether no message waits. Safe for all threads.
	 * @return {@code true} if nothing is there to be received now, or this is closed
	 */
	public boolean isEmpty() {
		try {
			return !this.descriptor.isOpen() || Numbers.unread(this.descriptor.number()) == 0;
		}
		catch (IOException | IllegalStateException ex) {
			logger.trace("Closed meanwhile", ex);
			return true;
		}
	}

	/**
	 * Let an event loop wait for messages.
	 * @param loop the event loop, of epoll
	 * @param readable is told, on the event loop, that there is most likely a message
	 * @return what waits, once it is started; to be stopped before this receiver is
	 * closed
	 */
	public MessageWatch watch(IoEventLoop loop, Runnable readable) {
		return new MessageWatch(this.descriptor, (handle) -> loop.register(handle).syncUninterruptibly().getNow(),
				readable);
	}

	Descriptor duplicateDescriptor() throws IOException {
		return this.descriptor.duplicate();
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
			this.descriptor.close();
			this.wait.leave();
		}
	}

}
