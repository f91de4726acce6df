package io.fdwork.descriptor;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

import io.netty.channel.unix.FileDescriptor;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketPair;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket pair of which this process alone holds one end. Whoever has the other one sees
 * its end of file when this process is gone, however it ended, and may hear a beat
 * meanwhile. Safe for all threads; none of them waits for the other end.
 *
 * @hidden
 */
@Internal
public final class LifeLine implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LifeLine.class);

	// Not a Descriptor, which would be a duplicate: this one is close-on-exec from its
	// first moment on, so that nothing that this process starts can hold it
	private final AFUNIXSocketChannel kept;

	private final FileDescriptor view;

	private final Descriptor otherEnd;

	private final ByteBuffer beat = ByteBuffer.allocateDirect(1);

	private boolean closed;

	private LifeLine(AFUNIXSocketChannel kept, Descriptor otherEnd) throws IOException {
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
		AFUNIXSocketPair<AFUNIXSocketChannel> pair = AFUNIXSocketPair.open();
		AFUNIXSocketChannel kept = pair.getSocket1();
		try {
			kept.configureBlocking(false);
			Descriptor otherEnd = detach(pair.getSocket2());
			try {
				return new LifeLine(kept, otherEnd);
			}
			catch (Throwable ex) {
				otherEnd.close();
				throw ex;
			}
		}
		catch (Throwable ex) {
			pair.close();
			throw ex;
		}
	}

	private static Descriptor detach(AFUNIXSocketChannel end) throws IOException {
		// Who holds it need not wait either
		end.configureBlocking(false);
		Descriptor descriptor = new Descriptor(Numbers.duplicate(end.getFileDescriptor()));
		// Not the channel, which would shut the line down
		new FileOutputStream(end.getFileDescriptor()).close();
		return descriptor;
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
