package io.fdwork.autoconfigure;

import io.fdwork.FdworkStartException;

/**
 * A property of fdwork has a value that cannot work.
 */
class InvalidFdworkPropertyException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param property the name of the property
	 * @param value its value
	 * @param allowed which values are allowed, as the end of a sentence
	 */
	public InvalidFdworkPropertyException(String property, Object value, String allowed) {
		super("The property " + property + " has the value '" + value + "', which cannot work",
				"Set " + property + " to " + allowed, null);
	}

	static void check(boolean valid, String property, Object value, String allowed) {
		if (!valid) {
			throw new InvalidFdworkPropertyException(property, value, allowed);
		}
	}

}
