package io.fdwork;

import java.util.function.BooleanSupplier;

import io.fdwork.internal.daemon.RequestSink;

/**
 * A sink with room that closes what it gets, for tests that are not about requests.
 */
public final class NoRequests implements RequestSink {

	@Override
	public boolean awaitRoom(String queue, BooleanSupplier goOn) {
		return true;
	}

	@Override
	public void accept(WorkRequest request) {
		request.close();
	}

	@Override
	public long dropped() {
		return 0;
	}

}
