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

	private static final WorkerFigures.Wait WAITED = new WorkerFigures.Wait(1, 2, 3, 4, 5, 6);

	private static final WorkerFigures.Descriptors DESCRIPTORS = new WorkerFigures.Descriptors(4, 5, true, 6);

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
		WorkerFigures figures = figures(WorkerState.READY, new WorkerFigures.Works(3, ended, WAITED, Map.of()));
		assertThat(figures.inWordsOfFirstVersion().works().ended()).isEqualTo(Map.of(WorkOutcome.SERVED,
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
		WorkerFigures figures = new WorkerFigures(WorkerState.READY, new WorkerFigures.Load(1, 2, 3, 7L),
				new WorkerFigures.Works(3, ended, WAITED, Map.of(), Map.of("default", ended), 4L, 8L, List.of(1L)),
				DESCRIPTORS, null,
				new WorkerFigures.Requests(1, 2, 3, Map.of(StatusClass.SUCCESS, new WorkerFigures.Duration(1, 2))),
				"down", new WorkerFigures.Spares(1, 2, 3L));
		WorkerFigures first = figures.inWordsOfFirstVersion();
		assertThat(first.load()).isEqualTo(new WorkerFigures.Load(1, 2, 3));
		assertThat(first.works()).isEqualTo(new WorkerFigures.Works(3, ended, WAITED, Map.of()));
		assertThat(first.spares()).isNull();
		assertThat(first.down()).isNull();
		assertThat(first.requests()).isEqualTo(new WorkerFigures.Requests(1, 2, 3));
	}

	@Test
	void shouldServeWhatItSaysOrElseAllThatIsInHand() {
		assertThat(new WorkerFigures.Load(1, 2, 3).serving()).isEqualTo(3);
		assertThat(new WorkerFigures.Load(1, 2, null).serving()).as("of an earlier version").isEqualTo(1);
	}

	private static WorkerFigures figures(WorkerState state, Map<FrameDefect, Long> rejected) {
		return figures(state, new WorkerFigures.Works(3, Map.of(), WAITED, rejected));
	}

	private static WorkerFigures figures(WorkerState state, WorkerFigures.Works works) {
		return new WorkerFigures(state, new WorkerFigures.Load(1, 2, 3), works, DESCRIPTORS, null, null);
	}

}
