package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

import io.netty.channel.unix.FileDescriptor;
import org.newsclub.net.unix.AFPipe;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipe whose sending end this process alone holds. Whoever has the other end sees its
 * end of file when this process is gone, however it ended, and may hear a beat meanwhile.
 * Safe for all threads; none of them waits for the other end.
 *
 * @hidden
 */
@Internal
public final class LifeLine implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LifeLine.class);

	// asm-generic/fcntl.h: O_ACCMODE and O_NONBLOCK, of which the first has to be
	// O_RDONLY
	private static final int MODE = 0x803;

	private static final int READS_WITHOUT_WAITING = 0x800;

	// Not a Descriptor, which would be a duplicate: this one is close-on-exec from its
	// first moment on, so that nothing that this process starts can hold it
	private final AFPipe.SinkChannel kept;

	private final FileDescriptor view;

	private final Descriptor otherEnd;

	private final ByteBuffer beat = ByteBuffer.allocateDirect(1);

	private boolean closed;

	private LifeLine(AFPipe.SinkChannel kept, Descriptor otherEnd) throws IOException {
		this.kept = kept;
		this.view = new FileDescriptor(FileDescriptorCast.using(kept.getFileDescriptor()).as(Integer.class));
		this.otherEnd = otherEnd;
	}

	/**
	 * Open a line.
	 * @return the line, to be closed by the caller
	 * @throws IOException if the process has too few descriptors left
	 */
	public static LifeLine open() throws IOException {
		NativePlatform.require();
		// No pair of sockets: junixsocket leaves two more open with each. And no pipe of
		// Netty, which is not close-on-exec
		AFPipe pipe = AFPipe.open();
		AFPipe.SinkChannel kept = (AFPipe.SinkChannel) pipe.sink();
		try (AFPipe.SourceChannel source = (AFPipe.SourceChannel) pipe.source()) {
			kept.configureBlocking(false);
			// Whoever reads it need not wait either
			source.configureBlocking(false);
			Descriptor otherEnd = new Descriptor(Numbers.duplicate(source.getFileDescriptor()));
			try {
				return new LifeLine(kept, otherEnd);
			}
			catch (Throwable ex) {
				otherEnd.close();
				throw ex;
			}
		}
		catch (Throwable ex) {
			kept.close();
			throw ex;
		}
	}

	/**
	 * Return whether a descriptor may be the other end of a line: that of a pipe, to read
	 * from without waiting. What it is the kernel says, whoever sent it.
	 */
	static boolean isOtherEnd(Descriptor descriptor) {
		try {
			Path number = Path.of(String.valueOf(descriptor.number()));
			if (!Files.readSymbolicLink(Path.of("/proc/self/fd").resolve(number)).toString().startsWith("pipe:")) {
				return false;
			}
			for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo").resolve(number))) {
				if (line.startsWith("flags:")) {
					return (Long.parseLong(line.substring("flags:".length()).strip(), 8)
							& MODE) == READS_WITHOUT_WAITING;
				}
			}
			return false;
		}
		catch (IOException ex) {
			logger.debug("Cannot tell what {} is", descriptor, ex);
			return false;
		}
	}

	/**
	 * Return the end to pass to another process.
	 * @return the end; the line's, and closed with it. Whoever keeps no copy of it for
	 * others closes it as soon as it is sent
	 */
	public Descriptor otherEnd() {
		return this.otherEnd;
	}

	/**
	 * Let the other end hear that this process does its work. One that does not read is
	 * not waited for, and hears what came before.
	 * @return whether somebody holds the other end
	 */
	public synchronized boolean beat() {
		if (this.closed) {
			return false;
		}
		try {
			// Zero when the buffer is full
			return this.view.write(this.beat, 0, 1) >= 0;
		}
		catch (IOException ex) {
			logger.trace("Nobody holds the other end any more", ex);
			return false;
		}
	}

	/**
	 * End the line: who holds the other end sees that, as if this process was gone.
	 */
	@Override
	public synchronized void close() {
		this.closed = true;
		this.otherEnd.close();
		try {
			this.kept.close();
		}
		catch (IOException ex) {
			logger.debug("Could not close a life line", ex);
		}
	}

}
