package io.fdwork.descriptor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/**
 * Tells how many descriptors wait in the messages of a {@link ReceivingEnd}. The kernel
 * counts them, so no process has to say what it has received, and none can say otherwise.
 * <p>
 * Safe for all threads.
 *
 * @hidden
 */
@Internal
public final class WaitingDescriptors implements AutoCloseable {

	// See proc_pid_fdinfo(5); since Linux 5.6
	private static final String FIELD = "scm_fds:";

	private static final int LONGEST = 1024;

	// Kept open: what waits can be told without a free descriptor, too
	private final RandomAccessFile information;

	private final byte[] buffer = new byte[LONGEST];

	private WaitingDescriptors(RandomAccessFile information) {
		this.information = information;
	}

	/**
	 * Open what the kernel tells of a socket.
	 * @param number its number, which must be its own for as long as this is open
	 */
	static WaitingDescriptors of(int number) throws IOException {
		return new WaitingDescriptors(new RandomAccessFile("/proc/self/fdinfo/" + number, "r"));
	}

	/**
	 * Count them.
	 * @return how many there are, or nothing if the kernel does not count them, which it
	 * does since Linux 5.6
	 * @throws IOException if this is closed
	 */
	public synchronized OptionalInt count() throws IOException {
		// Written anew for each read from the beginning
		this.information.seek(0);
		int length = this.information.read(this.buffer);
		return parse(new String(this.buffer, 0, Math.max(0, length), StandardCharsets.US_ASCII));
	}

	static OptionalInt parse(String information) {
		return information.lines()
			.filter((line) -> line.startsWith(FIELD))
			.mapToInt((line) -> Integer.parseUnsignedInt(line.substring(FIELD.length()).strip()))
			.findFirst();
	}

	@Override
	public synchronized void close() throws IOException {
		this.information.close();
	}

}
