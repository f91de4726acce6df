package io.fdwork.internal.daemon;

/**
 * Why the meters of a worker are missing in a scrape.
 */
public enum MissingExposition {

	/**
	 * It did not answer in time, or has not answered an earlier scrape yet.
	 */
	UNANSWERED,

	/**
	 * There were more bytes than are taken of a worker.
	 */
	TOO_LARGE,

	/**
	 * It could not write them.
	 */
	NOT_WRITTEN,

	/**
	 * The daemon was busy with another scrape for the whole time.
	 */
	OTHER_SCRAPE

}
