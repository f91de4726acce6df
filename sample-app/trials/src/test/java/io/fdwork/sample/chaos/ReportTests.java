package io.fdwork.sample.chaos;

import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Report}.
 */
class ReportTests {

	private final History history = new History(0, 9_000_000_000L,
			List.of(new History.Event(Step.Kind.KILL_DAEMON, 1_000_000_000L)), List.of(), List.of(),
			List.of(new History.Outage(1_000_000_000L, 2_000_000_000L, 5_000_000_000L, 15)), Set.of(14L));

	private final Trace accepted = new Trace("0b-1", 5002, 4_500_000_000L, 15, 4_500_000_001L, 4_500_000_002L,
			Set.of(14L), 1);

	private final Trace stoodIn = new Trace("0c-1", 5003, 3_000_000_000L, 0, 0, 3_000_000_000L, Set.of(14L), 1);

	private final Finding served = new Finding(
			new ClientConnection(1, 5002, 4_000_000_000L, 4_600_000_000L, 1, Fate.SERVED), this.accepted,
			Place.ANSWERED, Step.Kind.KILL_DAEMON, "answered");

	@Test
	void shouldCountByFatePlaceAndKindWhenEverythingIsExplained() {
		Report report = new Report(List.of(this.served), List.of(this.accepted, this.stoodIn),
				List.of(new Execution("1-0", 7, 14), new Execution("2-0", 7, 14), new Execution("2-0", 8, 15)),
				this.history);
		assertThat(report.isClean()).isTrue();
		assertThat(report.losses()).isEmpty();
		assertThat(report.text()).contains("Every loss is explained.")
			.containsPattern("served +0 +0 +0 +0 +0 +0 +1\n")
			.containsPattern("kill daemon +1 +1 +0 +0 +0 +0 +0 +0 +0 +0 +0 +0 +0\n")
			.containsPattern("since it was launched \\( 1 times\\) +2.50 +2.50\n")
			.containsPattern("told to end +3.50 +3.50\n")
			.contains("accepted in its place: 1\n")
			.contains("Requests executed: 2, of these twice or more: 1. Killed: 0 workers, 0 daemons.");
	}

	@Test
	void shouldNotBeCleanWhenNobodyStoodIn() {
		Report report = new Report(List.of(this.served), List.of(this.accepted), List.of(), this.history);
		assertThat(report.isClean()).isFalse();
		assertThat(report.text()).contains("1 times there was no daemon and no worker accepted in its place.");
	}

	@Test
	void shouldSayWhereConnectionWasWhenNothingExplainsItsLoss() {
		Trace queued = new Trace("0a-7", 5001, 900_000_000L, 11, 900_000_001L, 0, Set.of(), 0);
		Finding lost = new Finding(new ClientConnection(2, 5001, 800_000_000L, 1_100_000_000L, 0, Fate.RESET), queued,
				Place.QUEUE, Step.Kind.KILL_DAEMON, null);
		Report report = new Report(List.of(this.served, lost), List.of(this.accepted, queued), List.of(), this.history);
		assertThat(report.isClean()).isFalse();
		assertThat(report.text()).contains("1 connections are not explained.")
			.containsPattern("0.800 s to +1.100 s +connection 2 from port 5001 +RESET +QUEUE +request 0a-7 +during "
					+ "KILL_DAEMON +NOT EXPLAINED")
			.containsPattern("total +1 +1 +0 +0 +0 +0 +0 +1 +0 +0 +0 +0 +1\n");
		assertThat(report.losses()).singleElement().asString().contains("0a-7");
	}

}
