package io.fdwork.serve.web;

import java.util.zip.CRC32;

/**
 * Bodies that show when a part is missing, doubled or out of order.
 */
final class Bodies {

	static final int PIECE = 64 * 1024;

	private Bodies() {
	}

	/**
	 * Return a piece of a body.
	 * @param index which one
	 * @param size the size of the body
	 */
	static byte[] piece(int index, int size) {
		byte[] piece = new byte[Math.min(PIECE, size - index * PIECE)];
		for (int i = 0; i < piece.length; i++) {
			piece[i] = (byte) (index * 31 + i);
		}
		return piece;
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
