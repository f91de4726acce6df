package io.fdwork.serve.http;

/**
 * Whether a connection may carry another request. <pre>
 *  KEPT_ALIVE --> LAST --> CLOSING
 *      |                     ^
 *      +---------------------+
 * </pre>
 */
enum Persistence {

	/**
	 * The next request may come.
	 */
	KEPT_ALIVE,

	/**
	 * No other request is to be expected, or none in HTTP. Others decide when it ends.
	 */
	LAST,

	/**
	 * It is closed here once the response that is written next is on its way.
	 */
	CLOSING;

	boolean canBecome(Persistence next) {
		return switch (this) {
			case KEPT_ALIVE -> next != KEPT_ALIVE;
			case LAST -> next == CLOSING;
			case CLOSING -> false;
		};
	}

}
