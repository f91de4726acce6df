package io.fdwork.daemon;

/**
 * Changes the options of the daemon before it is created. Beans of this type are called
 * in their order.
 */
@FunctionalInterface
public interface DaemonCustomizer {

	/**
	 * Change the options.
	 * @param options the options, as the properties give them
	 */
	void customize(DaemonOptions options);

}
