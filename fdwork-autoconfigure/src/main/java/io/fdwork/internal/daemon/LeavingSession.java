package io.fdwork.internal.daemon;

import io.fdwork.internal.wire.ControlMessage;

/**
 * A session as one who decides about its end sees it.
 */
record LeavingSession(WorkerSession session, WorkerRegistry workers) implements LeavingWorker {

	@Override
	public DaemonSnapshot.WorkerSnapshot snapshot() {
		return this.session.snapshot();
	}

	@Override
	public boolean isLast() {
		return this.workers.isLast(this.session);
	}

	@Override
	public void answer(ControlMessage answer) {
		this.session.answer(answer);
	}

}
