package io.fdwork;

/**
 * A request is larger than {@link WorkLimits} allows. Nothing was sent and every
 * descriptor is still its owner's.
 */
public class WorkLimitExceededException extends IllegalArgumentException {

	private final String limit;

	private final int allowed;

	private final int actual;

	/**
	 * Create the exception.
	 * @param limit the name of the constant in {@link WorkLimits}
	 * @param allowed the value of that constant
	 * @param actual what the request has
	 */
	public WorkLimitExceededException(String limit, int allowed, int actual) {
		super("A work request exceeds WorkLimits." + limit + ": " + actual + " instead of at most " + allowed
				+ ". Pass larger content as a file or pipe descriptor");
		this.limit = limit;
		this.allowed = allowed;
		this.actual = actual;
	}

	static void check(String limit, int allowed, int actual) {
		if (actual > allowed) {
			throw new WorkLimitExceededException(limit, allowed, actual);
		}
	}

	/**
	 * Return the name of the constant in {@link WorkLimits}.
	 * @return the limit that is exceeded
	 */
	public String getLimit() {
		return this.limit;
	}

	/**
	 * Return the value of that constant.
	 * @return how much is allowed
	 */
	public int getAllowed() {
		return this.allowed;
	}

	/**
	 * Return what the request has.
	 * @return how much there is
	 */
	public int getActual() {
		return this.actual;
	}

}
