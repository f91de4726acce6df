package io.fdwork.internal.worker;

import io.fdwork.internal.queue.GotWork;
import org.jspecify.annotations.Nullable;

/**
 * What came of trying to get, and the work if it is one.
 *
 * @param result what came of it
 * @param work the work, {@code null} if none was got
 */
record GetAttempt(GetLoop.Step result, @Nullable GotWork work) {

	static final GetAttempt EMPTY = new GetAttempt(GetLoop.Step.EMPTY, null);

	static final GetAttempt HELD_BACK = new GetAttempt(GetLoop.Step.HELD_BACK, null);

	static final GetAttempt REJECTED = new GetAttempt(GetLoop.Step.REJECTED, null);

	static final GetAttempt FAILED = new GetAttempt(GetLoop.Step.FAILED, null);

}
