package io.fdwork.internal.serve.web;

import java.util.Arrays;
import java.util.zip.CRC32;

/**
 * Bodies that show when a part is missing, doubled or out of order.
 */
final class Bodies {

	static final int PIECE = 64 * 1024;

	// Each byte is one more than that before it. Copying takes less time than counting
	private static final byte[] pattern = new byte[256 + PIECE];

	static {
		for (int i = 0; i < pattern.length; i++) {
			pattern[i] = (byte) i;
		}
	}

	private Bodies() {
	}

	/**
	 * Return a piece of a body.
	 * @param index which one
	 * @param size the size of the body
	 */
	static byte[] piece(int index, int size) {
		int start = (index * 31) & 0xFF;
		return Arrays.copyOfRange(pattern, start, start + Math.min(PIECE, size - index * PIECE));
	}

	static String sum(int size) {
		CRC32 sum = new CRC32();
		for (int index = 0; index * PIECE < size; index++) {
			sum.update(piece(index, size));
		}
		return Long.toHexString(sum.getValue());
	}

	static String sum(byte[] body) {
		CRC32 sum = new CRC32();
		sum.update(body);
		return Long.toHexString(sum.getValue());
	}

}
