package io.fdwork.internal.daemon;

import io.fdwork.FdworkStartException;

/**
 * The limit of open files leaves the daemon too few descriptors to work with.
 */
public final class TooFewDescriptorsException extends FdworkStartException {

	/**
	 * Create an exception.
	 * @param limit how many files the process may have open
	 * @param minimum how many it would have to be
	 */
	public TooFewDescriptorsException(long limit, long minimum) {
		super("A daemon cannot work with " + limit + " open files (ulimit -n): this one needs at least " + minimum
				+ ", and one more for each worker and each idle connection",
				"Raise the limit to " + minimum
						+ " or more: \"ulimit -n 65536\" in a shell, LimitNOFILE=65536 in a unit "
						+ "of systemd, \"--ulimit nofile=65536\" in a container",
				null);
	}

}
