package io.fdwork.internal.output;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.time.Duration;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream that whoever writes never waits for: a thread of its own writes to the target,
 * and as long as that takes nothing, what does not fit into the buffer is dropped, in
 * whole lines. Safe for threads.
 */
final class BoundedOutput extends OutputStream {

	private static final Logger logger = LoggerFactory.getLogger(BoundedOutput.class);

	/**
	 * How long the end of the JVM waits for what is in the buffer, once.
	 */
	private static final Duration EXIT_PATIENCE = Duration.ofSeconds(1);

	/**
	 * After how many bytes there is room again.
	 */
	private static final int SLICE = 8192;

	private final String name;

	private final OutputStream target;

	private final int capacity;

	private final Thread writer;

	private final ByteArrayOutputStream waiting = new ByteArrayOutputStream();

	// What the writer has taken and not written yet
	private int writing;

	private boolean withinLine;

	private boolean skipping;

	private long dropped;

	private long told;

	private boolean exiting;

	private boolean givenUp;

	/**
	 * Create a stream.
	 * @param name what it is, for people
	 * @param target where to; {@code flush} makes it write
	 * @param capacity how many bytes may wait, besides one line that is longer
	 */
	BoundedOutput(String name, OutputStream target, int capacity) {
		this.name = name;
		this.target = target;
		this.capacity = capacity;
		this.writer = new Thread(this::writeWaiting, "fdwork-standard-" + name);
		this.writer.setDaemon(true);
	}

	void start() {
		this.writer.start();
	}

	@Override
	public void write(int value) {
		write(new byte[] { (byte) value }, 0, 1);
	}

	@Override
	public synchronized void write(byte[] bytes, int offset, int length) {
		int end = offset + length;
		int from = (this.skipping) ? skip(bytes, offset, end) : offset;
		if (from == end) {
			return;
		}
		if (!hasRoom(end - from)) {
			drop(bytes, from, end);
			return;
		}
		this.waiting.write(bytes, from, end - from);
		this.withinLine = bytes[end - 1] != '\n';
		notifyAll();
		if (this.exiting && Thread.currentThread() != this.writer) {
			// Nobody would write it later
			awaitWritten();
		}
	}

	private int skip(byte[] bytes, int offset, int end) {
		for (int i = offset; i < end; i++) {
			if (bytes[i] == '\n') {
				this.skipping = false;
				this.dropped++;
				return i + 1;
			}
		}
		return end;
	}

	private boolean hasRoom(int length) {
		// One byte is left for the end of a line that is cut
		return buffered() == 0 || (long) buffered() + length < this.capacity;
	}

	private int buffered() {
		return this.waiting.size() + this.writing;
	}

	private void drop(byte[] bytes, int from, int end) {
		for (int i = from; i < end; i++) {
			this.dropped += (bytes[i] == '\n') ? 1 : 0;
		}
		this.skipping = bytes[end - 1] != '\n';
		if (this.withinLine) {
			this.withinLine = false;
			this.waiting.write('\n');
		}
	}

	private void writeWaiting() {
		while (true) {
			try {
				writeToTarget(take());
				tell();
			}
			catch (InterruptedException ex) {
				return;
			}
			catch (Exception | OutOfMemoryError ex) {
				// Where it would be said is where it happened
				forget();
			}
		}
	}

	private synchronized byte[] take() throws InterruptedException {
		while (this.waiting.size() == 0) {
			wait();
		}
		byte[] taken = this.waiting.toByteArray();
		this.waiting.reset();
		this.writing = taken.length;
		return taken;
	}

	private void writeToTarget(byte[] taken) throws Exception {
		for (int offset = 0; offset < taken.length; offset += SLICE) {
			int length = Math.min(SLICE, taken.length - offset);
			this.target.write(taken, offset, length);
			this.target.flush();
			written(length);
		}
	}

	private synchronized void written(int length) {
		this.writing -= length;
		notifyAll();
	}

	private synchronized void forget() {
		this.writing = 0;
		notifyAll();
	}

	/**
	 * Log what was dropped once it flows again: not in between, as whoever reads slowly
	 * has enough to read.
	 */
	private void tell() {
		long news;
		synchronized (this) {
			// At the end of the JVM whoever logs may wait for this thread
			if (this.exiting || this.waiting.size() > 0 || this.dropped == this.told) {
				return;
			}
			news = this.dropped - this.told;
			this.told = this.dropped;
		}
		logger.warn("Dropped {} lines of the standard {}: nobody read it, and the buffer "
				+ "(fdwork.daemon.console-buffer) was full", news, this.name);
	}

	/**
	 * From now on, whoever writes waits until it is written, as the JVM ends. After the
	 * first that waits in vain nobody does.
	 */
	synchronized void exit() {
		this.exiting = true;
		awaitWritten();
	}

	private void awaitWritten() {
		long deadline = System.nanoTime() + EXIT_PATIENCE.toNanos();
		try {
			while (buffered() > 0 && !this.givenUp) {
				long left = deadline - System.nanoTime();
				if (left <= 0) {
					this.givenUp = true;
					notifyAll();
				}
				else {
					wait(left / 1_000_000 + 1);
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Return how many lines were dropped.
	 */
	synchronized long dropped() {
		return this.dropped;
	}

}
