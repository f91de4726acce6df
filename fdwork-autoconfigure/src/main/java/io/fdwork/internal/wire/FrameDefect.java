package io.fdwork.internal.wire;

/**
 * Why a received frame was rejected as a whole. The name, in lower case, is the
 * {@code cause} of the rejection counter.
 */
public enum FrameDefect {

	/**
	 * It is shorter than its header.
	 */
	TRUNCATED,

	/**
	 * It does not begin with the magic number.
	 */
	MAGIC,

	/**
	 * It has a version that this side does not speak.
	 */
	VERSION,

	/**
	 * It says another length than came.
	 */
	LENGTH,

	/**
	 * It says another number of descriptors than came, fewer or more.
	 */
	DESCRIPTORS,

	/**
	 * It says that it has no descriptor, or more than a request may have.
	 */
	COUNT,

	/**
	 * A field is longer than the frame, or its content makes no sense.
	 */
	FIELD,

	/**
	 * A field must be understood, and this side does not know its type.
	 */
	MANDATORY_FIELD,

	/**
	 * The receiver had no descriptor left to take what came.
	 */
	EXHAUSTED

}
