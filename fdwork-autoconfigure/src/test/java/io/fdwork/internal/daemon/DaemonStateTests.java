package io.fdwork.internal.daemon;

import java.util.Map;
import java.util.Set;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DaemonState}.
 */
class DaemonStateTests {

	private static final Map<DaemonState, Set<DaemonState>> TABLE = Map.of(DaemonState.CREATED,
			Set.of(DaemonState.RUNNING, DaemonState.STOPPED), DaemonState.RUNNING, Set.of(DaemonState.STOPPING),
			DaemonState.STOPPING, Set.of(DaemonState.STOPPED), DaemonState.STOPPED, Set.of());

	@ParameterizedTest
	@EnumSource
	void shouldBecomeWhatTheTableSays(DaemonState state) {
		for (DaemonState next : DaemonState.values()) {
			assertThat(state.canBecome(next)).as("%s -> %s", state, next).isEqualTo(TABLE.get(state).contains(next));
		}
	}

}
