package io.fdwork.benchmark;

import io.fdwork.descriptor.Descriptor;

/**
 * The descriptors that were open before a benchmark opened its own.
 */
final class OpenDescriptors {

	private final long before = Descriptor.open();

	/**
	 * Fail if the benchmark has left some open, or forgotten one.
	 */
	void assertSame() {
		if (Descriptor.open() != this.before || Descriptor.leaked() > 0) {
			throw new IllegalStateException((Descriptor.open() - this.before) + " descriptors were left open, and "
					+ Descriptor.leaked() + " forgotten");
		}
	}

}
