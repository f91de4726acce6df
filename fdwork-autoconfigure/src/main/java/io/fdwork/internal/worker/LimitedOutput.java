package io.fdwork.internal.worker;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;

/**
 * Keeps what is written to it as long as that is not too much, and counts it in any case.
 */
final class LimitedOutput extends OutputStream {

	private final int limit;

	private ByteArrayOutputStream kept = new ByteArrayOutputStream();

	private int length;

	/**
	 * Create an output without content.
	 * @param limit how many bytes are kept
	 */
	LimitedOutput(int limit) {
		this.limit = limit;
	}

	@Override
	public void write(int value) {
		write(new byte[] { (byte) value }, 0, 1);
	}

	@Override
	public void write(byte[] bytes, int offset, int count) {
		this.length = (int) Math.min(Integer.MAX_VALUE, (long) this.length + count);
		if (isWhole()) {
			this.kept.write(bytes, offset, count);
		}
		else {
			this.kept = new ByteArrayOutputStream(0);
		}
	}

	/**
	 * Return whether all that was written is kept.
	 */
	boolean isWhole() {
		return this.length <= this.limit;
	}

	/**
	 * Return how many bytes were written.
	 */
	int length() {
		return this.length;
	}

	byte[] toByteArray() {
		return this.kept.toByteArray();
	}

}
