package io.fdwork.autoconfigure;

import io.fdwork.FdworkStartException;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.origin.Origin;

/**
 * A property below {@code fdwork} is none of fdwork.
 */
class UnknownFdworkPropertyException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param property the name of the property
	 * @param origin where it comes from, if that is known
	 * @param nearest the name that is most like it
	 */
	UnknownFdworkPropertyException(String property, @Nullable Origin origin, String nearest) {
		super("There is no property " + property + ((origin != null) ? ", which comes from " + origin : ""),
				"Write " + nearest + ", if that is what is meant, or remove it", null);
	}

}
