package io.fdwork.internal.wire;

import java.util.Map;
import java.util.Set;

import io.fdwork.worker.WorkerState;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WorkerState}.
 */
class WorkerStateTests {

	private static final Map<WorkerState, Set<WorkerState>> TABLE = Map.of(WorkerState.CONNECTING,
			Set.of(WorkerState.READY, WorkerState.QUIESCED, WorkerState.REFUSING, WorkerState.DRAINING),
			WorkerState.READY,
			Set.of(WorkerState.QUIESCED, WorkerState.REFUSING, WorkerState.DISCONNECTED, WorkerState.DRAINING),
			WorkerState.QUIESCED,
			Set.of(WorkerState.READY, WorkerState.REFUSING, WorkerState.DISCONNECTED, WorkerState.DRAINING),
			WorkerState.REFUSING,
			Set.of(WorkerState.READY, WorkerState.QUIESCED, WorkerState.DISCONNECTED, WorkerState.DRAINING),
			WorkerState.DISCONNECTED,
			Set.of(WorkerState.READY, WorkerState.QUIESCED, WorkerState.REFUSING, WorkerState.DRAINING),
			WorkerState.DRAINING, Set.of(WorkerState.STOPPED), WorkerState.STOPPED, Set.of(), WorkerState.UNRESPONSIVE,
			Set.of(), WorkerState.UNKNOWN, Set.of());

	@ParameterizedTest
	@EnumSource
	void shouldBecomeWhatTheTableSays(WorkerState state) {
		for (WorkerState next : WorkerState.values()) {
			assertThat(state.canBecome(next)).as("%s -> %s", state, next).isEqualTo(TABLE.get(state).contains(next));
		}
	}

	@ParameterizedTest
	@EnumSource
	void shouldServeWhenReadyOrQuiesced(WorkerState state) {
		assertThat(state.isServing()).isEqualTo(state == WorkerState.READY || state == WorkerState.QUIESCED);
	}

}
