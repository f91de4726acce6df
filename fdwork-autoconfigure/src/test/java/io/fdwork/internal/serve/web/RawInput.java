package io.fdwork.internal.serve.web;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a client sends on one connection, byte for byte.
 *
 * @param name what it is, for people
 * @param steps what is sent in one piece each, an empty one to wait for an answer
 * @param ends whether the client says that nothing more comes
 * @param isUntilEnd whether the server must end the connection
 */
record RawInput(String name, List<byte[]> steps, boolean ends, boolean isUntilEnd) {

	private static final byte[] ANSWER = {};

	RawInput(String name, List<byte[]> steps, boolean ends) {
		this(name, steps, ends, false);
	}

	static RawInput of(String name, String... pieces) {
		List<byte[]> steps = new ArrayList<>();
		for (String piece : pieces) {
			steps.add(bytes(piece));
		}
		return new RawInput(name, steps, false);
	}

	/**
	 * Return the same input, after which the client says that nothing more comes.
	 */
	RawInput ending() {
		return new RawInput(this.name + ", then end", this.steps, true);
	}

	/**
	 * Return the same input, which is answered when the server has ended the connection.
	 */
	RawInput untilEnd() {
		return new RawInput(this.name + ", until its end", this.steps, this.ends, true);
	}

	/**
	 * Return the same bytes, in pieces of this length.
	 */
	RawInput inPiecesOf(int length) {
		List<byte[]> pieces = new ArrayList<>();
		for (byte[] step : this.steps) {
			for (int from = 0; from < step.length; from += length) {
				pieces.add(Arrays.copyOfRange(step, from, Math.min(step.length, from + length)));
			}
			if (step.length == 0) {
				pieces.add(step);
			}
		}
		return new RawInput(this.name + ", in pieces of " + length, pieces, this.ends);
	}

	/**
	 * Return an input that begins with this one and its answer.
	 */
	RawInput answeredThen(String name, byte[]... pieces) {
		List<byte[]> steps = new ArrayList<>(this.steps);
		steps.add(ANSWER);
		steps.addAll(List.of(pieces));
		return new RawInput(name, steps, false);
	}

	static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

	@Override
	public String toString() {
		return this.name;
	}

}
