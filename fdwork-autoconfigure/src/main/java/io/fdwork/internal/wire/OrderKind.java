package io.fdwork.internal.wire;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;

/**
 * What a daemon can want.
 */
public enum OrderKind {

	/**
	 * Get no more, finish what is in hand, exit.
	 */
	DRAIN,

	/**
	 * Get no more until further notice.
	 */
	QUIESCE,

	/**
	 * Get no more until further notice, and let idle connections go home, as others serve
	 * meanwhile. To one that has named {@link Feature#BAKE} only.
	 */
	HOLD,

	/**
	 * Look at the health of the application, and report what is down. To one that has
	 * named {@link Feature#BAKE} only.
	 */
	EXAMINE,

	/**
	 * Get again.
	 */
	RESUME,

	/**
	 * Get as before, and let each answer be the last of its connection, as the daemon is
	 * about to close its ports. To one that has named {@link Feature#PARTING} only.
	 */
	PART,

	/**
	 * Have so many works in hand at most.
	 */
	CONCURRENCY,

	/**
	 * Never sent: what a newer daemon wants and this worker does not know.
	 */
	@JsonEnumDefaultValue
	UNKNOWN

}
