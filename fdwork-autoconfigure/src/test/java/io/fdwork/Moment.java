package io.fdwork;

/**
 * When a test does something that may happen at any time: the moment is its input, and
 * nothing is waited for.
 */
public final class Moment {

	private Moment() {
	}

	/**
	 * Let a moment come, to a few microseconds.
	 * @param nanos in how many nanoseconds it is
	 */
	public static void in(long nanos) {
		long start = System.nanoTime();
		while (System.nanoTime() - start < nanos) {
			// Who gives back or takes the connection may need this processor
			Thread.yield();
		}
	}

}
