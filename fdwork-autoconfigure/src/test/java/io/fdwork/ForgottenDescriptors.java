package io.fdwork;

import java.time.Duration;

import io.fdwork.descriptor.Descriptor;
import org.awaitility.Awaitility;

/**
 * The descriptors that their owners have forgotten, which are counted when the collector
 * has found them.
 */
public final class ForgottenDescriptors {

	private ForgottenDescriptors() {
	}

	/**
	 * Return how many there are once no more are being found: those of other tests may
	 * be.
	 * @return the number
	 */
	public static long countAtRest() {
		long[] leaked = { -1 };
		Awaitility.await().atMost(Duration.ofSeconds(20)).during(Duration.ofMillis(300)).until(() -> {
			System.gc();
			long before = leaked[0];
			leaked[0] = Descriptor.leaked();
			return leaked[0] == before;
		});
		return leaked[0];
	}

}
