package io.fdwork.internal.wire;

import java.util.List;
import java.util.Map;

import io.fdwork.WorkOutcome;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WorkerFigures}.
 */
class WorkerFiguresTests {

	@Test
	void shouldSayInWordsOfFirstVersionWhatThatDoesNotKnow() {
		WorkerFigures figures = figures(WorkerState.UNKNOWN,
				Map.of(FrameDefect.MANDATORY_FIELD, 1L, FrameDefect.FIELD, 2L, FrameDefect.MAGIC, 3L));
		assertThat(figures.inWordsOfFirstVersion())
			.isEqualTo(figures(WorkerState.QUIESCED, Map.of(FrameDefect.FIELD, 3L, FrameDefect.MAGIC, 3L)));
	}

	@Test
	void shouldCountWhatNobodyHasServedAsOneInWordsOfFirstVersion() {
		Map<WorkOutcome, WorkerFigures.Duration> ended = Map.of(WorkOutcome.SERVED, new WorkerFigures.Duration(1, 10),
				WorkOutcome.DROPPED, new WorkerFigures.Duration(2, 20), WorkOutcome.DEPARTED,
				new WorkerFigures.Duration(3, 30));
		WorkerFigures figures = new WorkerFigures(WorkerState.READY, 1, 2, 3, ended,
				new WorkerFigures.Wait(1, 2, 3, 4, 5, 6), Map.of(), 4, 5, true, 6, null, null, 3);
		assertThat(figures.inWordsOfFirstVersion().ended()).isEqualTo(Map.of(WorkOutcome.SERVED,
				new WorkerFigures.Duration(1, 10), WorkOutcome.DROPPED, new WorkerFigures.Duration(5, 50)));
	}

	@Test
	void shouldSayTheSameInWordsOfFirstVersionWhenItKnowsThem() {
		WorkerFigures figures = figures(WorkerState.DRAINING, Map.of(FrameDefect.EXHAUSTED, 1L));
		assertThat(figures.inWordsOfFirstVersion()).isEqualTo(figures);
	}

	@Test
	void shouldTellNothingThatFirstVersionDoesNotKnow() {
		Map<WorkOutcome, WorkerFigures.Duration> ended = Map.of(WorkOutcome.SERVED, new WorkerFigures.Duration(1, 2));
		WorkerFigures figures = new WorkerFigures(WorkerState.READY, 1, 2, 3, ended,
				new WorkerFigures.Wait(1, 2, 3, 4, 5, 6), Map.of(), 4, 5, true, 6, null,
				new WorkerFigures.Requests(1, 2, 3, Map.of(StatusClass.SUCCESS, new WorkerFigures.Duration(1, 2))), 3,
				Map.of("default", ended), 4L, 7L, 8L, List.of(1L), "down", new WorkerFigures.Spares(1, 2));
		WorkerFigures first = figures.inWordsOfFirstVersion();
		assertThat(first.queues()).isNull();
		assertThat(first.accepted()).isNull();
		assertThat(first.longestServiceNanos()).isNull();
		assertThat(first.desisted()).isNull();
		assertThat(first.spares()).isNull();
		assertThat(first.requests()).isEqualTo(new WorkerFigures.Requests(1, 2, 3));
	}

	@Test
	void shouldServeWhatItSaysOrElseAllThatIsInHand() {
		assertThat(figures(WorkerState.READY, Map.of()).serving()).isEqualTo(3);
		assertThat(new WorkerFigures(WorkerState.READY, 1, 2, 3, Map.of(), new WorkerFigures.Wait(1, 2, 3, 4, 5, 6),
				Map.of(), 4, 5, true, 6, null, null, null)
			.serving()).as("of an earlier version").isEqualTo(1);
	}

	private static WorkerFigures figures(WorkerState state, Map<FrameDefect, Long> rejected) {
		return new WorkerFigures(state, 1, 2, 3, Map.of(), new WorkerFigures.Wait(1, 2, 3, 4, 5, 6), rejected, 4, 5,
				true, 6, null, null, 3);
	}

}
