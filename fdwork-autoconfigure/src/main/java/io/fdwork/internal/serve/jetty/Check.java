package io.fdwork.internal.serve.jetty;

import org.jspecify.annotations.Nullable;

/**
 * A time at which a connection is looked at, whether it is to go.
 *
 * @param atNanos the time, in nanoseconds of {@link System#nanoTime()}
 */
record Check(long atNanos) {

	boolean isSoonerThan(@Nullable Check other) {
		return other == null || other.atNanos - this.atNanos > 0;
	}

}
