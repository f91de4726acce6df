package io.fdwork.internal.actuate;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

import io.fdwork.fleet.ConnectionFates;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.actuate.FdworkDescription.ExitDescription;
import io.fdwork.internal.recovery.Fate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FdworkDescription}.
 */
class FdworkDescriptionTests {

	private static final List<String> LINES = List.of("Stopping", "Stopped");

	@ParameterizedTest
	@EnumSource(names = { "REFRESHED", "ROLLED_BACK", "SCALED_DOWN", "RETIRED", "DAEMON_ENDED" })
	void shouldHaveNoLinesWhenWorkerWasToldToEndAndDid(ExitReason reason) {
		assertThat(lines(reason, 0, null)).isEmpty();
		assertThat(lines(reason, null, 15)).as("before it knew what to do about SIGTERM").isEmpty();
		assertThat(lines(reason, null, null)).as("started by another daemon").isEmpty();
	}

	@ParameterizedTest
	@EnumSource(names = { "REFRESHED", "ROLLED_BACK", "SCALED_DOWN", "RETIRED", "DAEMON_ENDED" })
	void shouldHaveLinesWhenWorkerWasToldToEndAndFailed(ExitReason reason) {
		assertThat(lines(reason, 1, null)).isEqualTo(LINES);
		assertThat(lines(reason, null, 9)).isEqualTo(LINES);
	}

	@ParameterizedTest
	@CsvSource({ "EARLY, 0", "CRASHED, 0", "START_TIMEOUT, 0", "DRAIN_TIMEOUT, 0", "CRASHED, 1" })
	void shouldHaveLinesWhenWorkerEndedOtherwise(ExitReason reason, int code) {
		assertThat(lines(reason, code, null)).isEqualTo(LINES);
		assertThat(lines(reason, null, 15)).isEqualTo(LINES);
	}

	private static List<String> lines(ExitReason reason, @Nullable Integer code, @Nullable Integer signal) {
		return ExitDescription
			.of(new WorkerExit(1, 1, reason, code, signal, Duration.ofSeconds(1), Instant.EPOCH, null, LINES, null,
					ConnectionFates.NONE))
			.lastLines();
	}

	@Test
	void shouldSayWhatBecameOfConnectionsIfThereWereAny() {
		assertThat(connections(ConnectionFates.NONE)).isNull();
		assertThat(connections(new ConnectionFates(1, 2, 3, 4, 5, 6))).containsExactly(Map.entry(Fate.PUT_AGAIN, 1),
				Map.entry(Fate.REPLAYED, 2), Map.entry(Fate.POISONED, 3), Map.entry(Fate.HOME, 4),
				Map.entry(Fate.LOST, 5), Map.entry(Fate.DEPARTED, 6));
		assertThat(connections(new ConnectionFates(0, 0, 0, 4, 0, 0))).containsExactly(Map.entry(Fate.HOME, 4));
	}

	private static Map<Fate, Integer> connections(ConnectionFates fates) {
		return ExitDescription
			.of(new WorkerExit(1, 1, ExitReason.CRASHED, null, 9, Duration.ofSeconds(1), Instant.EPOCH, null, LINES,
					null, fates))
			.connections();
	}

}
