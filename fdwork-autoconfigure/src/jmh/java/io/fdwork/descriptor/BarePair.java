package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFSocketType;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketPair;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * A datagram pair as junixsocket gives it: what a {@link MessagePair} is compared with.
 * For one thread at each end, and for platform threads only.
 */
public final class BarePair implements AutoCloseable {

	private static final FileDescriptor[] NONE = {};

	private final AFUNIXSocketPair<AFUNIXDatagramChannel> pair;

	private final Selector room;

	private BarePair(AFUNIXSocketPair<AFUNIXDatagramChannel> pair, Duration timeout) throws IOException {
		this.pair = pair;
		pair.getSocket1().setShutdownOnClose(false);
		pair.getSocket2().setShutdownOnClose(false);
		pair.getSocket2().socket().setSoTimeout(Math.toIntExact(timeout.toMillis()));
		pair.getSocket1().configureBlocking(false);
		this.room = pair.getSocket1().provider().openSelector();
		pair.getSocket1().register(this.room, SelectionKey.OP_WRITE);
	}

	/**
	 * Open a pair with the buffer that the kernel gives it.
	 * @param timeout how long one receive waits for a message
	 * @return the pair, to be closed by the caller
	 * @throws IOException if the process has too few descriptors left
	 */
	public static BarePair open(Duration timeout) throws IOException {
		return new BarePair(AFUNIXSocketPair.openDatagram(AFSocketType.SOCK_DGRAM), timeout);
	}

	/**
	 * Send a message.
	 * @param message what to send; a direct buffer
	 * @param descriptor what to send with it, if anything; stays the caller's
	 * @param timeout how long to wait for room
	 * @return whether there was room, at the latest after that time
	 * @throws IOException if it cannot be sent
	 */
	public boolean send(ByteBuffer message, @Nullable Descriptor descriptor, Duration timeout) throws IOException {
		if (trySend(message, descriptor)) {
			return true;
		}
		this.room.selectedKeys().clear();
		this.room.select(timeout.toMillis());
		return trySend(message, descriptor);
	}

	private boolean trySend(ByteBuffer message, @Nullable Descriptor descriptor) throws IOException {
		AFUNIXDatagramChannel channel = this.pair.getSocket1();
		channel.setOutboundFileDescriptors(
				(descriptor != null) ? new FileDescriptor[] { Numbers.view(descriptor.number()) } : NONE);
		return channel.write(message.rewind()) > 0;
	}

	/**
	 * Duplicate the end that messages come out of, to pass it to another process.
	 * @return a descriptor, to be closed by the caller
	 * @throws IOException if the process has no descriptor left
	 */
	public Descriptor duplicateReceivingEnd() throws IOException {
		return Descriptor.duplicateOf(new FileInputStream(this.pair.getSocket2().getFileDescriptor()));
	}

	@Override
	public void close() throws IOException {
		this.room.close();
		this.pair.close();
	}

	/**
	 * The end of a pair that messages come out of.
	 */
	public static final class Receiver implements AutoCloseable {

		private final Descriptor descriptor;

		private final AFUNIXDatagramChannel channel;

		private final ByteBuffer buffer = ByteBuffer.allocateDirect(8192);

		/**
		 * Create a receiver.
		 * @param receivingEnd a duplicate of the receiving end; moved
		 * @param descriptors whether to take descriptors too
		 * @throws IOException if it is not the end of a pair
		 */
		public Receiver(Descriptor receivingEnd, boolean descriptors) throws IOException {
			this.descriptor = receivingEnd.move();
			this.channel = FileDescriptorCast.unsafeUsing(this.descriptor.number()).as(AFUNIXDatagramChannel.class);
			this.channel.setShutdownOnClose(false);
			if (descriptors) {
				this.channel.setAncillaryReceiveBufferSize(256);
			}
		}

		/**
		 * Receive a message and close what came with it.
		 * @return whether one came in time
		 * @throws IOException if nothing can be received
		 */
		public boolean receive() throws IOException {
			if (this.channel.read(this.buffer.clear()) < 0) {
				return false;
			}
			for (FileDescriptor received : this.channel.getReceivedFileDescriptors()) {
				new FileOutputStream(received).close();
			}
			return true;
		}

		@Override
		public void close() throws IOException {
			this.channel.close();
			this.descriptor.close();
		}

	}

}
