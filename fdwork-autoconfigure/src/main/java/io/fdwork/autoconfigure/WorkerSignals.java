package io.fdwork.autoconfigure;

import io.fdwork.internal.worker.Worker;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker does about signals: it ends when its daemon lets it.
 *
 * @param worker the worker
 */
record WorkerSignals(Worker worker) implements Signals.Response {

	private static final Logger logger = LoggerFactory.getLogger(WorkerSignals.class);

	@Override
	public void awaitEnd() {
		this.worker.awaitRelease();
	}

	@Override
	public void toldAgain() {
		// By its daemon maybe, which has needed it so far
		this.worker.askAgain();
	}

	@Override
	public void hungUp() {
		logger.info("Ignored SIGHUP: send it to the daemon, which refreshes its fleet");
	}

}
