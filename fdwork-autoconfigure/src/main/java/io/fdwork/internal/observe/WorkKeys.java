package io.fdwork.internal.observe;

/**
 * The keys of what observations say of a work.
 */
final class WorkKeys {

	static final String QUEUE = "fdwork.queue";

	static final String WORKER = "fdwork.worker";

	static final String ID = "fdwork.id";

	static final String WAIT = "fdwork.wait";

	private WorkKeys() {
	}

}
