package io.fdwork.sample.chaos;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Judge}.
 */
class JudgeTests {

	private static final int PORT = 5001;

	private static final int HELD = 6001;

	/**
	 * The number of a connection whose requests are replayed.
	 */
	private static final int REPLAYED = 2;

	private static final long DAEMON = 11;

	private static final long KILLED = 12;

	private static final long RETIRED = 13;

	private static final long SURVIVOR = 14;

	private final History history = new History(0, 1_000,
			List.of(new History.Event(Step.Kind.KILL_WORKER, 100), new History.Event(Step.Kind.KILL_DAEMON, 500)),
			List.of(new History.Kill(KILLED, 100, 110)),
			List.of(new History.Kill(DAEMON, 500, 505, Set.of(HELD, HELD + 1))),
			List.of(new History.Outage(500, 510, 600, 15), new History.Outage(720, 750, 800, 16, true)),
			Set.of(SURVIVOR));

	private final Judge judge = new Judge(2, (connection) -> connection == REPLAYED);

	private final List<Trace> traces = new ArrayList<>();

	private final List<Execution> executions = new ArrayList<>();

	@Test
	void shouldExplainWhenConnectionWasServed() {
		trace(1, 10, SURVIVOR, 1);
		Finding finding = judge(Fate.SERVED, 5, 50);
		assertThat(finding.isExplained()).isTrue();
		assertThat(finding.isLost()).isFalse();
		assertThat(finding.kind()).isNull();
	}

	@Test
	void shouldNotExplainWhenNoJournalKnowsServedConnection() {
		assertThat(judge(Fate.SERVED, 5, 50).isExplained()).isFalse();
	}

	@Test
	void shouldNotExplainWhenTwoWorkersGotRequestThatLive() {
		this.traces.add(new Trace("0a-1", PORT, 10, DAEMON, 11, 12, Set.of(RETIRED, SURVIVOR), 1));
		assertThat(judge(Fate.SERVED, 5, 50).isExplained()).isFalse();
	}

	@Test
	void shouldSayThatConnectionIsRecoveredWhenItWasGotAgainAfterItsWorkerWasKilled() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 115, Set.of(KILLED, SURVIVOR), 1));
		Finding finding = judge(Fate.SERVED, 80, 130);
		assertThat(finding.connection().fate()).isEqualTo(Fate.RECOVERED);
		assertThat(finding.isExplained()).isTrue();
		assertThat(finding.isLost()).isFalse();
	}

	@Test
	void shouldSayThatConnectionIsRecoveredWhenItCameFromKilledWorkerWithoutLeaving() {
		trace(1, 70, KILLED, 1);
		trace(2, 150, SURVIVOR, 1);
		Finding finding = judge(new ClientConnection(1, PORT, 60, 160, 2, Fate.SERVED)).get(0);
		assertThat(finding.connection().fate()).isEqualTo(Fate.RECOVERED);
		assertThat(finding.isExplained()).isTrue();
		this.traces.set(0, new Trace("0a-1", PORT, 70, DAEMON, 71, 72, Set.of(KILLED), 1, 75));
		assertThat(judge(new ClientConnection(1, PORT, 60, 160, 2, Fate.SERVED)).get(0).connection().fate())
			.as("went home before")
			.isEqualTo(Fate.SERVED);
	}

	@Test
	void shouldNotExplainWhenRequestWasExecutedTwice() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 115, Set.of(KILLED, SURVIVOR), 1));
		executed(0, KILLED);
		assertThat(judge(Fate.SERVED, 80, 130).isExplained()).isFalse();
		executed(0, SURVIVOR);
		assertThat(judge(Fate.RESET, 80, 130).isExplained()).as("not answered").isFalse();
	}

	@Test
	void shouldSayThatRequestWasReplayedWhenItsFirstWorkerWasKilled() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 115, Set.of(KILLED, SURVIVOR), 1));
		this.executions.add(new Execution(REPLAYED + "-0", 94, KILLED));
		ClientConnection connection = new ClientConnection(REPLAYED, PORT, 80, 130, 1, Fate.SERVED);
		Finding finding = judge(connection).get(0);
		assertThat(finding.connection().fate()).isEqualTo(Fate.REPLAYED);
		assertThat(finding.isExplained()).isTrue();
		assertThat(finding.isLost()).isFalse();
		this.executions.set(0, new Execution(REPLAYED + "-0", 94, RETIRED));
		assertThat(judge(connection).get(0).isExplained()).as("by one that lives").isFalse();
		this.executions.set(0, new Execution(REPLAYED + "-0", 94, KILLED));
		this.executions.add(new Execution(REPLAYED + "-0", 94, KILLED + 100));
		assertThat(judge(connection).get(0).isExplained()).as("three times").isFalse();
	}

	@Test
	void shouldNotExplainWhenRequestThatIsReplayedWasLostWithItsWorker() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 92, Set.of(KILLED), 0));
		this.executions.add(new Execution(REPLAYED + "-0", 95, KILLED));
		Finding finding = judge(new ClientConnection(REPLAYED, PORT, 80, 120, 0, Fate.CLOSED)).get(0);
		assertThat(finding.place()).isEqualTo(Place.SERVICE);
		assertThat(finding.isExplained()).isFalse();
	}

	@Test
	void shouldNotExplainWhenNobodyExecutedWhatWasAnswered() {
		trace(1, 10, SURVIVOR, 1);
		ClientConnection connection = new ClientConnection(1, PORT, 5, 50, 1, Fate.SERVED);
		assertThat(this.judge.judge(List.of(connection), this.traces, List.of(), this.history).get(0).isExplained())
			.isFalse();
	}

	@Test
	void shouldExplainOneThatKilledWorkerHadNotWrittenDownWhenDaemonHeldIt() {
		ClientConnection[] connections = new ClientConnection[2];
		for (int i = 0; i < connections.length; i++) {
			this.traces.add(new Trace("0a-" + i, PORT + i, 90, DAEMON, 91, 92, Set.of(KILLED), 1));
			connections[i] = new ClientConnection(i, PORT + i, 80, 120 + i, 1, Fate.STALE);
		}
		assertThat(judge(connections)).extracting(Finding::isExplained)
			.as("it may have read one, the others were idle or unread")
			.containsExactly(true, false);
	}

	@Test
	void shouldExplainWhatWasInServiceWhenDaemonWasReplacedBeforeItsWorkerWasKilled() {
		History later = new History(0, 1_000, List.of(), List.of(new History.Kill(KILLED, 700, 710)), List.of(),
				List.of(new History.Outage(500, 510, 600, 15)), Set.of(SURVIVOR));
		List<ClientConnection> connections = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			this.traces.add(new Trace("0a-" + i, PORT + i, 90, DAEMON, 91, 92, Set.of(KILLED), 0));
			connections.add(new ClientConnection(i, PORT + i, 80, 720 + i, 0, Fate.CLOSED));
		}
		assertThat(this.judge.judge(connections, this.traces, List.of(), later)).allMatch(Finding::isExplained);
	}

	@ParameterizedTest
	@EnumSource(names = { "RESET", "CLOSED" })
	void shouldExplainWhenConnectionWasInServiceOfKilledWorker(Fate fate) {
		trace(1, 90, KILLED, 0);
		executed(0, KILLED);
		Finding finding = judge(fate, 80, 120);
		assertThat(finding.place()).isEqualTo(Place.SERVICE);
		assertThat(finding.kind()).isEqualTo(Step.Kind.KILL_WORKER);
		assertThat(finding.reason()).isEqualTo("process 12 was killed");
	}

	@Test
	void shouldExplainOneWhenKilledDaemonHadAcceptedItAndNotWrittenThatDown() {
		List<Finding> findings = judge(new ClientConnection(1, HELD, 498, 506, 0, Fate.RESET),
				new ClientConnection(2, HELD + 1, 498, 507, 0, Fate.RESET));
		assertThat(findings).extracting(Finding::place).containsOnly(Place.DAEMON);
		assertThat(findings).extracting(Finding::isExplained).containsExactly(true, false);
	}

	@Test
	void shouldNotExplainWhenKilledDaemonHadNotAcceptedIt() {
		Finding finding = judge(Fate.RESET, 498, 506);
		assertThat(finding.place()).isEqualTo(Place.BACKLOG);
		assertThat(finding.isExplained()).isFalse();
	}

	@ParameterizedTest
	@EnumSource(names = { "WRONG", "TIMED_OUT" })
	void shouldNotExplainByKillWhenConnectionDidNotEnd(Fate fate) {
		trace(1, 90, KILLED, 0);
		assertThat(judge(fate, 80, 120).isExplained()).isFalse();
	}

	@Test
	void shouldNotExplainWhenConnectionEndedBeforeItsWorkerWasKilled() {
		trace(1, 90, KILLED, 0);
		assertThat(judge(Fate.CLOSED, 80, 99).isExplained()).isFalse();
	}

	@Test
	void shouldNotExplainWhenConnectionWasInServiceOfAnotherWorker() {
		trace(1, 90, SURVIVOR, 0);
		Finding finding = judge(Fate.CLOSED, 80, 120);
		assertThat(finding.place()).isEqualTo(Place.SERVICE);
		assertThat(finding.isExplained()).isFalse();
	}

	@Test
	void shouldNotExplainWhenKilledWorkerLostMoreThanItsConcurrency() {
		ClientConnection[] connections = new ClientConnection[3];
		for (int i = 0; i < connections.length; i++) {
			this.traces.add(new Trace("0a-" + i, PORT + i, 90, DAEMON, 91, 92, Set.of(KILLED), 0));
			connections[i] = new ClientConnection(i, PORT + i, 80, 120 + i, 0, Fate.RESET);
			this.executions.add(new Execution(i + "-0", 95, KILLED));
		}
		assertThat(judge(connections)).extracting(Finding::isExplained).containsExactly(true, true, false);
	}

	@Test
	void shouldNotExplainWhenAnswerWasWritten() {
		trace(1, 90, KILLED, 1);
		Finding finding = judge(Fate.RESET, 80, 120);
		assertThat(finding.place()).isEqualTo(Place.ANSWERED);
		assertThat(finding.isExplained()).isFalse();
	}

	@Test
	void shouldFindInServiceWhenEarlierRequestOfConnectionWasAnswered() {
		trace(1, 90, KILLED, 3);
		executed(3, KILLED);
		Finding finding = judge(new ClientConnection(1, PORT, 80, 120, 3, Fate.RESET)).get(0);
		assertThat(finding.place()).isEqualTo(Place.SERVICE);
		assertThat(finding.isExplained()).isTrue();
	}

	@Test
	void shouldNotExplainWhenWorkerWasKilledBeforeItWroteDownWhatItGot() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 0, Set.of(), 0));
		this.traces.add(new Trace("0a-2", PORT + 1, 92, DAEMON, 93, 95, Set.of(SURVIVOR), 1));
		Finding finding = judge(Fate.RESET, 80, 120);
		assertThat(finding.place()).isEqualTo(Place.TAKEN);
		assertThat(finding.isExplained()).as("nobody had read from it").isFalse();
	}

	@Test
	void shouldExplainWhenWorkerWasKilledBeforeItWroteDownWhatItGotOfAnotherDaemon() {
		History both = new History(0, 1_000, List.of(), List.of(new History.Kill(KILLED, 100, 110)), List.of(),
				List.of(new History.Outage(98, 115, 200, 15)), Set.of(SURVIVOR));
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 0, Set.of(), 0));
		this.traces.add(new Trace("0a-2", PORT + 1, 92, DAEMON, 93, 95, Set.of(SURVIVOR), 1));
		ClientConnection connection = new ClientConnection(1, PORT, 80, 120, 0, Fate.RESET);
		assertThat(this.judge.judge(List.of(connection), this.traces, List.of(), both).get(0).isExplained()).isTrue();
	}

	@Test
	void shouldNotExplainWhenConnectionWasInQueue() {
		this.traces.add(new Trace("0a-2", PORT, 490, DAEMON, 491, 0, Set.of(), 0));
		this.traces.add(new Trace("0b-9", PORT + 1, 700, DAEMON, 701, 702, Set.of(SURVIVOR), 1));
		Finding finding = judge(Fate.RESET, 480, 520);
		assertThat(finding.place()).isEqualTo(Place.QUEUE);
		assertThat(finding.kind()).isEqualTo(Step.Kind.KILL_DAEMON);
		assertThat(finding.isExplained()).isFalse();
	}

	@Test
	void shouldNotExplainWhenConnectionWasRefusedOrInBacklog() {
		Finding refused = judge(Fate.REFUSED, 490, 520);
		assertThat(refused.place()).isEqualTo(Place.PORT);
		assertThat(refused.isExplained()).isFalse();
		Finding reset = judge(Fate.RESET, 490, 520);
		assertThat(reset.place()).isEqualTo(Place.BACKLOG);
		assertThat(reset.isExplained()).isFalse();
	}

	@Test
	void shouldExplainOneConnectionInHandsOfKilledDaemon() {
		ClientConnection[] connections = new ClientConnection[2];
		for (int i = 0; i < connections.length; i++) {
			this.traces.add(new Trace("0a-" + i, PORT + i, 495, DAEMON, 0, 0, Set.of(), 0));
			connections[i] = new ClientConnection(i, PORT + i, 490, 520 + i, 0, Fate.RESET);
		}
		assertThat(judge(connections)).allSatisfy((finding) -> assertThat(finding.place()).isEqualTo(Place.DAEMON))
			.extracting(Finding::isExplained)
			.containsExactly(true, false);
	}

	@Test
	void shouldNotExplainWhenConnectionWasInHandsOfAnotherDaemon() {
		this.traces.add(new Trace("0b-1", PORT, 495, 15, 0, 0, Set.of(), 0));
		assertThat(judge(Fate.RESET, 490, 520).isExplained()).isFalse();
	}

	@Test
	void shouldExplainStaleConnectionOnlyWhenItsWorkerWasKilled() {
		trace(1, 90, KILLED, 2);
		executed(2, KILLED);
		assertThat(stale(80, 300).isExplained()).isTrue();
		this.traces.clear();
		trace(1, 90, RETIRED, 2);
		assertThat(stale(80, 300).isExplained()).as("a drain closes none").isFalse();
		this.traces.clear();
		trace(1, 90, SURVIVOR, 2);
		assertThat(stale(80, 300).isExplained()).isFalse();
	}

	@Test
	void shouldExplainConnectionAtHomeOnlyWhenDaemonWasKilled() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 92, Set.of(RETIRED), 2, 400));
		Finding finding = stale(80, 510);
		assertThat(finding.place()).isEqualTo(Place.HOME);
		assertThat(finding.reason()).isEqualTo("process 11 was killed");
		assertThat(stale(80, 450).isExplained()).as("before the kill").isFalse();
		this.traces.clear();
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 92, Set.of(RETIRED), 2, 600));
		assertThat(stale(80, 700).isExplained()).as("after the kill").isFalse();
	}

	@Test
	void shouldExplainEveryConnectionAtHomeWhenDaemonWasKilled() {
		ClientConnection[] connections = new ClientConnection[20];
		for (int i = 0; i < connections.length; i++) {
			this.traces.add(new Trace("0a-" + i, PORT + i, 90, DAEMON, 91, 92, Set.of(RETIRED), 1, 400));
			connections[i] = new ClientConnection(i, PORT + i, 80, 510 + i, 1, Fate.STALE);
		}
		assertThat(judge(connections)).allMatch(Finding::isExplained);
	}

	@Test
	void shouldKnowConnectionThatWentHomeWhenAnotherWorkerAnswersIt() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 92, Set.of(RETIRED), 2, 95));
		this.traces.add(new Trace("0a-2", PORT, 200, DAEMON, 201, 202, Set.of(SURVIVOR), 1));
		Finding finding = judge(new ClientConnection(1, PORT, 80, 300, 3, Fate.SERVED)).get(0);
		assertThat(finding.isExplained()).isTrue();
		assertThat(finding.trace().id()).isEqualTo("0a-2");
	}

	@Test
	void shouldAddAnswersWhenSeveralWorkersGaveThem() {
		this.traces.add(new Trace("0a-1", PORT, 70, DAEMON, 71, 72, Set.of(RETIRED), 2, 75));
		trace(2, 90, KILLED, 1);
		assertThat(judge(new ClientConnection(1, PORT, 60, 120, 3, Fate.STALE)).get(0).place())
			.isEqualTo(Place.SERVICE);
		assertThat(judge(new ClientConnection(1, PORT, 60, 120, 2, Fate.RESET)).get(0).place())
			.isEqualTo(Place.ANSWERED);
	}

	@Test
	void shouldNotExplainWhenConnectionWentFromHomeToQueue() {
		this.traces.add(new Trace("0a-1", PORT, 70, DAEMON, 71, 72, Set.of(RETIRED), 2, 75));
		this.traces.add(new Trace("0a-2", PORT, 490, DAEMON, 491, 0, Set.of(), 0));
		Finding finding = judge(new ClientConnection(1, PORT, 60, 520, 2, Fate.STALE)).get(0);
		assertThat(finding.place()).isEqualTo(Place.QUEUE);
		assertThat(finding.isExplained()).isFalse();
	}

	private Finding stale(long startNanos, long endNanos) {
		return judge(new ClientConnection(1, PORT, startNanos, endNanos, 2, Fate.STALE)).get(0);
	}

	@Test
	void shouldExplainRefusedConnectionOnlyWhenNobodyWasLeftToListen() {
		Finding finding = judge(Fate.REFUSED, 710, 730);
		assertThat(finding.place()).isEqualTo(Place.PORT);
		assertThat(finding.reason()).isEqualTo("nobody listened");
		assertThat(judge(Fate.REFUSED, 790, 810).isExplained()).isTrue();
		assertThat(judge(Fate.REFUSED, 680, 699).isExplained()).as("before").isFalse();
		assertThat(judge(Fate.REFUSED, 801, 810).isExplained()).as("after").isFalse();
		assertThat(judge(Fate.REFUSED, 510, 590).isExplained()).as("workers kept the port").isFalse();
	}

	@Test
	void shouldExplainNothingElseWhenNobodyWasLeftToListen() {
		assertThat(judge(Fate.RESET, 710, 730).isExplained()).as("in the backlog").isFalse();
		trace(1, 710, RETIRED, 0);
		assertThat(judge(Fate.RESET, 710, 730).isExplained()).as("in service").isFalse();
		assertThat(judge(Fate.TIMED_OUT, 710, 730).isExplained()).isFalse();
		this.traces.clear();
		this.traces.add(new Trace("0a-2", PORT, 710, DAEMON, 711, 0, Set.of(), 0));
		assertThat(judge(Fate.CLOSED, 710, 730).isExplained()).as("in the queue").isFalse();
	}

	@Test
	void shouldExplainStaleConnectionWhenEverybodyWasToldToEnd() {
		trace(1, 600, RETIRED, 2);
		assertThat(stale(590, 730).isExplained()).isTrue();
		assertThat(stale(590, 699).isExplained()).isFalse();
	}

	@Test
	void shouldExplainFailedRequestWhenItsWorkerIsOfReleaseThatFails() {
		trace(1, 10, SURVIVOR, 1);
		assertThat(judge(Fate.FAILED, 5, 50).isExplained()).isFalse();
		History failing = new History(0, 1_000, List.of(), List.of(), List.of(), List.of(), Set.of(), Set.of(RETIRED));
		ClientConnection failed = new ClientConnection(1, PORT, 5, 50, 0, Fate.FAILED);
		assertThat(this.judge.judge(List.of(failed), this.traces, List.of(), failing).get(0).isExplained()).isFalse();
		this.traces.clear();
		trace(1, 10, RETIRED, 1);
		assertThat(this.judge.judge(List.of(failed), this.traces, List.of(), failing).get(0).isExplained()).isTrue();
		ClientConnection lost = failed.with(Fate.CLOSED);
		assertThat(this.judge.judge(List.of(lost), this.traces, List.of(), failing).get(0).isExplained()).isFalse();
	}

	@Test
	void shouldExplainReplayedRequestWhenItsSecondWorkerWasKilledToo() {
		this.traces.add(new Trace("0a-1", PORT, 90, DAEMON, 91, 95, Set.of(KILLED, KILLED + 100), 0));
		History both = new History(0, 1_000, List.of(),
				List.of(new History.Kill(KILLED, 100, 110), new History.Kill(KILLED + 100, 110, 120)), List.of(),
				List.of(), Set.of());
		List<Execution> executions = List.of(new Execution(REPLAYED + "-0", 96, KILLED),
				new Execution(REPLAYED + "-0", 111, KILLED + 100));
		ClientConnection lost = new ClientConnection(REPLAYED, PORT, 80, 120, 0, Fate.CLOSED);
		assertThat(this.judge.judge(List.of(lost), this.traces, executions, both).get(0).isExplained()).isTrue();
		this.traces.set(0, new Trace("0a-1", PORT, 90, DAEMON, 91, 95, Set.of(KILLED), 0));
		assertThat(this.judge.judge(List.of(lost), this.traces, executions.subList(0, 1), both).get(0).isExplained())
			.as("its only worker")
			.isFalse();
	}

	@Test
	void shouldTellConnectionsApartWhenPortIsUsedAgain() {
		trace(1, 90, KILLED, 0);
		executed(0, KILLED);
		trace(2, 210, SURVIVOR, 1);
		List<Finding> findings = judge(new ClientConnection(2, PORT, 200, 250, 1, Fate.SERVED),
				new ClientConnection(1, PORT, 80, 120, 0, Fate.RESET));
		assertThat(findings).extracting((finding) -> finding.trace().id()).containsExactly("0a-1", "0a-2");
		assertThat(findings).allMatch(Finding::isExplained);
	}

	private void trace(long order, long acceptedNanos, long worker, int answers) {
		this.traces.add(new Trace("0a-" + order, PORT, acceptedNanos, DAEMON, acceptedNanos + 1, acceptedNanos + 2,
				Set.of(worker), answers));
	}

	// Of connection 1
	private void executed(int request, long worker) {
		this.executions.add(new Execution("1-" + request, 95, worker));
	}

	private Finding judge(Fate fate, long startNanos, long endNanos) {
		return judge(new ClientConnection(1, PORT, startNanos, endNanos, (fate == Fate.SERVED) ? 1 : 0, fate)).get(0);
	}

	private List<Finding> judge(ClientConnection... connections) {
		List<Execution> all = new ArrayList<>(this.executions);
		for (ClientConnection connection : connections) {
			for (int i = 0; i < connection.answered(); i++) {
				all.add(new Execution(connection.number() + "-" + i, 95, SURVIVOR));
			}
		}
		return this.judge.judge(Arrays.asList(connections), this.traces, all, this.history);
	}

}
