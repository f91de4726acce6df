package io.fdwork.descriptor;

import java.lang.reflect.Field;
import java.lang.reflect.Method;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFSocket;
import org.newsclub.net.unix.AFUNIXSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Room for the descriptors that come with one read of a stream. junixsocket makes room
 * for 60, whatever it is asked for, and when a peer sends more it loses those 60 open,
 * with nobody left to close them. So the room is made for as many as a message can have,
 * by the method that junixsocket keeps to itself.
 */
final class AncillaryBuffer {

	private static final Logger logger = LoggerFactory.getLogger(AncillaryBuffer.class);

	/**
	 * CMSG_SPACE of SCM_MAX_FD descriptors, which are 253.
	 */
	private static final int LARGEST = 1032;

	private static final int DEFAULT = 256;

	private static final @Nullable Resizing resizing = findResizing();

	private AncillaryBuffer() {
	}

	private static @Nullable Resizing findResizing() {
		try {
			Field impl = AFSocket.class.getDeclaredField("impl");
			Field support = Class.forName("org.newsclub.net.unix.AFSocketImpl")
				.getDeclaredField("ancillaryDataSupport");
			Method resize = support.getType().getDeclaredMethod("setAncillaryReceiveBufferSize0", int.class);
			impl.setAccessible(true);
			support.setAccessible(true);
			resize.setAccessible(true);
			return new Resizing(impl, support, resize);
		}
		catch (ReflectiveOperationException | RuntimeException ex) {
			logger.warn(
					"This version of junixsocket is closed to fdwork: a process of the same user that sends more than "
							+ "60 descriptors at once makes this one leak them",
					ex);
			return null;
		}
	}

	/**
	 * Take descriptors.
	 */
	static void open(AFUNIXSocket socket) {
		socket.setAncillaryReceiveBufferSize(DEFAULT);
		if (resizing != null) {
			try {
				resizing.resize.invoke(resizing.support.get(resizing.impl.get(socket)), LARGEST);
			}
			catch (ReflectiveOperationException ex) {
				throw new IllegalStateException(ex);
			}
		}
	}

	/**
	 * Leave descriptors to the kernel, which closes them.
	 */
	static void close(AFUNIXSocket socket) {
		socket.setAncillaryReceiveBufferSize(0);
	}

	/**
	 * How the buffer of a socket is reached.
	 *
	 * @param impl the field of a socket
	 * @param support the field of what is in that
	 * @param resize the method of what is in that
	 */
	private record Resizing(Field impl, Field support, Method resize) {
	}

}
