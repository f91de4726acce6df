package io.fdwork;

import org.jspecify.annotations.Nullable;

/**
 * The daemon or the worker cannot start, for a reason that its operator can remove.
 */
public abstract class FdworkStartException extends RuntimeException {

	private final String action;

	/**
	 * Create the exception.
	 * @param message what is wrong
	 * @param action what to do about it
	 * @param cause what was thrown, if anything was
	 */
	protected FdworkStartException(String message, String action, @Nullable Throwable cause) {
		super(message, cause);
		this.action = action;
	}

	/**
	 * Return the remedy.
	 * @return what to do
	 */
	public String getAction() {
		return this.action;
	}

}
