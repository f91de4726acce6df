package io.fdwork.descriptor;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFDatagramChannel;
import org.newsclub.net.unix.AFDatagramSocket;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The room for the descriptors that come with one read of a socket.
 * <p>
 * For a stream junixsocket makes room for 60, whatever it is asked for, so the room is
 * made for as many as a message can have, by the method that junixsocket keeps to itself.
 * And where not all descriptors of a message could be taken (MSG_CTRUNC), junixsocket
 * throws and forgets those that the kernel has put into the table of this process. They
 * are still in the buffer, as the kernel has written them (cmsg(3)), and are closed here.
 */
final class AncillaryBuffer {

	private static final Logger logger = LoggerFactory.getLogger(AncillaryBuffer.class);

	/**
	 * CMSG_SPACE of SCM_MAX_FD descriptors, which are 253.
	 */
	private static final int LARGEST = 1032;

	private static final int DEFAULT = 256;

	// struct cmsghdr
	private static final int LEVEL = Long.BYTES;

	private static final int TYPE = LEVEL + Integer.BYTES;

	private static final int DATA = TYPE + Integer.BYTES;

	private static final int SOL_SOCKET = 1;

	private static final int SCM_RIGHTS = 1;

	private static final AncillaryBuffer NONE = new AncillaryBuffer(ByteBuffer.allocate(0));

	private static final @Nullable Access access = findAccess();

	private final ByteBuffer buffer;

	private AncillaryBuffer(ByteBuffer buffer) {
		this.buffer = buffer;
	}

	private static @Nullable Access findAccess() {
		try {
			Field impl = AFSocket.class.getDeclaredField("impl");
			Field support = Class.forName("org.newsclub.net.unix.AFSocketImpl")
				.getDeclaredField("ancillaryDataSupport");
			Field datagramSocket = AFDatagramChannel.class.getDeclaredField("afSocket");
			Field datagramSupport = AFDatagramSocket.class.getDeclaredField("ancillaryDataSupport");
			Field buffer = support.getType().getDeclaredField("ancillaryReceiveBuffer");
			Method resize = support.getType().getDeclaredMethod("setAncillaryReceiveBufferSize0", int.class);
			for (Field field : new Field[] { impl, support, datagramSocket, datagramSupport, buffer }) {
				field.setAccessible(true);
			}
			resize.setAccessible(true);
			return new Access(impl, support, datagramSocket, datagramSupport, buffer, resize);
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			logger.warn("This version of junixsocket is closed to fdwork: a message with more descriptors than this "
					+ "process can take makes it leak those that it could", ex);
			return null;
		}
	}

	/**
	 * Take descriptors.
	 */
	static AncillaryBuffer open(AFUNIXSocket socket) {
		socket.setAncillaryReceiveBufferSize(DEFAULT);
		if (access == null) {
			return NONE;
		}
		try {
			Object support = access.support.get(access.impl.get(socket));
			access.resize.invoke(support, LARGEST);
			return of(access, support);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Take descriptors.
	 */
	static AncillaryBuffer open(AFUNIXDatagramChannel channel) {
		channel.setAncillaryReceiveBufferSize(DEFAULT);
		if (access == null) {
			return NONE;
		}
		try {
			return of(access, access.datagramSupport.get(access.datagramSocket.get(channel)));
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static AncillaryBuffer of(Access access, Object support) throws IllegalAccessException {
		ByteBuffer buffer = (ByteBuffer) access.buffer.get(support);
		return new AncillaryBuffer(buffer.duplicate().order(ByteOrder.nativeOrder()).clear());
	}

	/**
	 * Leave descriptors to the kernel, which closes them.
	 */
	static void close(AFUNIXSocket socket) {
		socket.setAncillaryReceiveBufferSize(0);
	}

	/**
	 * Forget what came with the last message. Before each read: nothing else says that
	 * what is in the buffer is of the message which has failed.
	 */
	void clear() {
		if (this.buffer.capacity() >= DATA) {
			this.buffer.putLong(0, 0);
		}
	}

	/**
	 * Close what the kernel has put into the table of this process of the message whose
	 * read has just failed.
	 * @return how many were closed
	 */
	int closeTruncated() {
		if (this.buffer.capacity() < DATA) {
			return 0;
		}
		long end = Math.min(this.buffer.getLong(0), this.buffer.capacity());
		int closed = 0;
		if (this.buffer.getInt(LEVEL) == SOL_SOCKET && this.buffer.getInt(TYPE) == SCM_RIGHTS) {
			for (int i = DATA; i + Integer.BYTES <= end; i += Integer.BYTES) {
				Numbers.close(this.buffer.getInt(i));
				closed++;
			}
		}
		clear();
		return closed;
	}

	/**
	 * How the buffer of a socket is reached.
	 *
	 * @param impl the field of a socket
	 * @param support the field of what is in that
	 * @param datagramSocket the field of a datagram channel
	 * @param datagramSupport the field of what is in that
	 * @param buffer the field of what is in either
	 * @param resize the method of what is in either
	 */
	private record Access(Field impl, Field support, Field datagramSocket, Field datagramSupport, Field buffer,
			Method resize) {
	}

}
