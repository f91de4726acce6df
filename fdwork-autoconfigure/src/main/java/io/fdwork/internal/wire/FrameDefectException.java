package io.fdwork.internal.wire;

/**
 * A frame was rejected as a whole.
 */
public class FrameDefectException extends Exception {

	private final FrameDefect defect;

	/**
	 * Create the exception.
	 * @param defect why
	 * @param message the numbers that do not fit
	 */
	public FrameDefectException(FrameDefect defect, String message) {
		super(message);
		this.defect = defect;
	}

	/**
	 * Return why the frame was rejected.
	 * @return the defect
	 */
	public FrameDefect getDefect() {
		return this.defect;
	}

}
