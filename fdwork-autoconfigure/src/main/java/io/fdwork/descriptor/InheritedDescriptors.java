package io.fdwork.descriptor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;

/**
 * The sockets that were open when this process began: those after standard input, output
 * and error, one after the other (sd_listen_fds(3)). They stay inheritable; the JDK
 * closes them in the processes that it starts, native code that forks by itself hands
 * them on.
 *
 * @hidden
 */
@Internal
public final class InheritedDescriptors {

	private static final int FIRST = 3;

	private static final int SOL_SOCKET = 1;

	private static final int SO_TYPE = 3;

	private static final AtomicBoolean taken = new AtomicBoolean();

	private InheritedDescriptors() {
	}

	/**
	 * Take ownership, which only the first call in a process can do: later the numbers
	 * may be those of other files.
	 * @param count how many were passed
	 * @return the descriptors in their order, to be closed by the caller; none after the
	 * first call
	 * @throws IOException if one of them is no socket. Then none is taken, as it may be a
	 * file of the JVM
	 */
	public static List<Descriptor> take(int count) throws IOException {
		NativePlatform.require();
		if (count == 0 || !taken.compareAndSet(false, true)) {
			return List.of();
		}
		for (int number = FIRST; number < FIRST + count; number++) {
			requireSocket(number);
		}
		List<Descriptor> descriptors = new ArrayList<>(count);
		for (int number = FIRST; number < FIRST + count; number++) {
			descriptors.add(new Descriptor(number));
		}
		return descriptors;
	}

	private static void requireSocket(int number) throws IOException {
		try {
			new Socket(number).getIntOpt(SOL_SOCKET, SO_TYPE);
		}
		catch (IOException | ChannelException ex) {
			throw new IOException("Descriptor " + number + " is no socket", ex);
		}
	}

}
