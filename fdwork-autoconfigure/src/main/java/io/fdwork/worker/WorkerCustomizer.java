package io.fdwork.worker;

/**
 * Changes the options of the worker before it is created. Beans of this type are called
 * in their order.
 */
@FunctionalInterface
public interface WorkerCustomizer {

	/**
	 * Change the options.
	 * @param options the options, as the properties give them
	 */
	void customize(WorkerOptions options);

}
