package io.fdwork.internal.worker;

/**
 * Begins and ends the use of keys, for tests of what answers.
 */
public final class WarmUpKeys {

	private WarmUpKeys() {
	}

	public static String begin(WarmUpKey key) {
		return key.begin();
	}

	public static void end(WarmUpKey key) {
		key.end();
	}

}
