package io.fdwork.internal.wire;

import java.util.Map;

import io.fdwork.worker.WorkerState;

/**
 * Figures of workers that have done nothing, or nearly nothing.
 */
public final class TestFigures {

	/**
	 * No descriptors, and no want of them.
	 */
	public static final WorkerFigures.Descriptors NO_DESCRIPTORS = new WorkerFigures.Descriptors(0, 0, false, 0);

	private TestFigures() {
	}

	/**
	 * Return the figures of a worker that has done nothing yet.
	 */
	public static WorkerFigures of(WorkerState state) {
		return new WorkerFigures(state, new WorkerFigures.Load(0, 1, null), works(0), NO_DESCRIPTORS, null, null);
	}

	/**
	 * Return works of which none has ended.
	 * @param got how many there are
	 */
	public static WorkerFigures.Works works(long got) {
		return new WorkerFigures.Works(got, Map.of(), new WorkerFigures.Wait(0, 0, 0, 0, 0, 0), Map.of());
	}

}
