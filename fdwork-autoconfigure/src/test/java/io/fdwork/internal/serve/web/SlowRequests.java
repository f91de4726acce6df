package io.fdwork.internal.serve.web;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts the slow requests that the applications of tests have begun to answer: one that
 * has only been sent may be refused by a server that stops.
 */
final class SlowRequests {

	private static final AtomicInteger begun = new AtomicInteger();

	private SlowRequests() {
	}

	static void begin() {
		begun.incrementAndGet();
	}

	static int begun() {
		return begun.get();
	}

}
