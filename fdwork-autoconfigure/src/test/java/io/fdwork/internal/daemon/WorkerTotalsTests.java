package io.fdwork.internal.daemon;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.fdwork.WorkOutcome;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.StatusClass;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WorkerTotals}.
 */
class WorkerTotalsTests {

	private static final int STARTED = 1000;

	private final WorkerTotals totals = new WorkerTotals(List.of("a", "b"), 3, STARTED);

	@Test
	void shouldHaveEveryTotalFromTheStart() {
		DaemonSnapshot.TotalsSnapshot snapshot = this.totals.snapshot();
		assertThat(snapshot.queues()).extracting(DaemonSnapshot.QueueTotals::queue).containsExactly("a", "b");
		assertThat(snapshot.queues())
			.allSatisfy((queue) -> assertThat(queue.ended()).containsOnlyKeys(WorkOutcome.values()));
		assertThat(snapshot.requests()).containsOnlyKeys(StatusClass.values());
		assertThat(snapshot.rejected()).containsOnlyKeys(FrameDefect.values());
		assertThat(values(snapshot)).allSatisfy((value) -> assertThat(value).isZero());
	}

	@Test
	void shouldKeepWhatWorkersHaveDoneThatLeft() {
		this.totals.count(worker(1, process(11), served("a", 5, 50)));
		this.totals.count(worker(2, process(12), served("a", 2, 20)));
		this.totals.count(worker(2, process(12), served("a", 3, 30)));
		this.totals.count(worker(3, process(13), served("b", 1, 10)));
		assertThat(ended("a")).isEqualTo(new WorkerFigures.Duration(8, 80));
		assertThat(ended("b")).isEqualTo(new WorkerFigures.Duration(1, 10));
	}

	@Test
	void shouldCountOnceWhenWorkerComesBackOrItsLastReportIsLate() {
		WorkerFigures first = served("a", 5, 50);
		this.totals.count(worker(1, process(11), first));
		// On a new connection, before the old one has ended
		this.totals.count(worker(2, process(11), served("a", 7, 70)));
		this.totals.count(worker(1, process(11), first));
		this.totals.count(worker(1, process(11), served("a", 6, 60)));
		this.totals.count(worker(2, process(11), served("a", 8, 80)));
		assertThat(ended("a")).isEqualTo(new WorkerFigures.Duration(8, 80));
	}

	@Test
	void shouldNotCountWhatEarlierDaemonHasCounted() {
		ProcessIdentity before = new ProcessIdentity(11, STARTED - 1, "boot");
		this.totals.count(worker(1, before, served("a", 100, 1000)));
		assertThat(ended("a")).isEqualTo(new WorkerFigures.Duration(0, 0));
		this.totals.count(worker(1, before, served("a", 103, 1030)));
		assertThat(ended("a")).isEqualTo(new WorkerFigures.Duration(3, 30));
	}

	@Test
	void shouldCountFromItsFirstReportWhenProcessIsNotSeen() {
		this.totals.count(worker(1, null, served("a", 100, 1000)));
		this.totals.count(worker(1, null, served("a", 101, 1010)));
		this.totals.count(worker(2, null, served("a", 102, 1020)));
		this.totals.count(worker(2, null, served("a", 104, 1040)));
		assertThat(ended("a")).isEqualTo(new WorkerFigures.Duration(3, 30));
	}

	@Test
	void shouldForgetWorkersThatLeftLongAgoAndCountNothingTwice() {
		for (int pid = 11; pid < 20; pid++) {
			this.totals.count(worker(pid, process(pid), served("a", 1, 1)));
		}
		ProcessIdentity forgotten = new ProcessIdentity(11, STARTED - 1, "boot");
		this.totals.count(worker(30, forgotten, served("a", 1, 1)));
		assertThat(ended("a").count()).isEqualTo(9);
	}

	@Test
	void shouldCountWorkerOfEarlierVersionOnlyWhereItsQueueIsKnown() {
		Map<WorkOutcome, WorkerFigures.Duration> ended = Map.of(WorkOutcome.SERVED, new WorkerFigures.Duration(5, 50));
		this.totals.count(worker(1, process(11), List.of("b"), figures(ended, null, null, Map.of(), 0)));
		this.totals.count(worker(2, process(12), List.of("a", "b"), figures(ended, null, null, Map.of(), 0)));
		assertThat(ended("a").count()).isZero();
		assertThat(ended("b").count()).isEqualTo(5);
	}

	@Test
	void shouldCountRequestsDefectsAndLeaks() {
		this.totals.count(worker(1, process(11), figures(Map.of(), Map.of(),
				new WorkerFigures.Requests(3, 30, 1, Map.of(StatusClass.SUCCESS, new WorkerFigures.Duration(2, 20),
						StatusClass.SERVER_ERROR, new WorkerFigures.Duration(1, 10))),
				Map.of(FrameDefect.MAGIC, 4L), 6)));
		DaemonSnapshot.TotalsSnapshot snapshot = this.totals.snapshot();
		assertThat(snapshot.requests()).containsEntry(StatusClass.SUCCESS, new WorkerFigures.Duration(2, 20))
			.containsEntry(StatusClass.SERVER_ERROR, new WorkerFigures.Duration(1, 10));
		assertThat(snapshot.rejected()).containsEntry(FrameDefect.MAGIC, 4L);
		assertThat(snapshot.leakedDescriptors()).isEqualTo(6);
	}

	@Test
	void shouldCountWhatWorkersHaveLeftAtHomeWithoutSpare() {
		this.totals.count(worker(1, process(11), withSpares(new WorkerFigures.Spares(1, 0, 2L))));
		this.totals.count(worker(1, process(11), withSpares(new WorkerFigures.Spares(0, 0, 3L))));
		this.totals.count(worker(2, process(12), withSpares(new WorkerFigures.Spares(4, 0, 5L))));
		this.totals.count(worker(3, process(13), withSpares(new WorkerFigures.Spares(4, 0, null))));
		assertThat(this.totals.snapshot().skippedSpares()).isEqualTo(8);
	}

	private static WorkerFigures withSpares(WorkerFigures.Spares spares) {
		return new WorkerFigures(WorkerState.READY, new WorkerFigures.Load(0, 1, 0), TestFigures.works(0),
				TestFigures.NO_DESCRIPTORS, null, null, null, spares);
	}

	@Test
	void shouldNeverFallOrOverflowWhateverWorkersReport() {
		Random random = new Random(23);
		List<Long> before = values(this.totals.snapshot());
		for (int i = 0; i < 20_000; i++) {
			int pid = random.nextInt(12);
			ProcessIdentity process = (pid < 2) ? null
					: new ProcessIdentity(pid, STARTED + random.nextInt(3) - 1, "boot");
			this.totals.count(worker(random.nextInt(4), process, absurd(random)));
			List<Long> now = values(this.totals.snapshot());
			for (int j = 0; j < now.size(); j++) {
				assertThat(now.get(j)).isGreaterThanOrEqualTo(before.get(j)).isNotNegative();
			}
			before = now;
		}
		assertThat(this.totals.snapshot().queues()).hasSize(2);
	}

	private static WorkerFigures absurd(Random random) {
		Map<String, Map<WorkOutcome, WorkerFigures.Duration>> queues = new HashMap<>();
		for (String queue : List.of("a", "b", "no-such-queue-" + random.nextInt())) {
			Map<WorkOutcome, WorkerFigures.Duration> ended = new EnumMap<>(WorkOutcome.class);
			for (WorkOutcome outcome : WorkOutcome.values()) {
				ended.put(outcome, (random.nextInt(10) == 0) ? null : duration(random));
			}
			queues.put(queue, (random.nextInt(20) == 0) ? null : ended);
		}
		Map<StatusClass, WorkerFigures.Duration> statuses = new EnumMap<>(StatusClass.class);
		statuses.put(StatusClass.SUCCESS, duration(random));
		statuses.put(StatusClass.UNKNOWN, null);
		return figures(Map.of(WorkOutcome.SERVED, duration(random)), (random.nextInt(10) == 0) ? null : queues,
				(random.nextInt(10) == 0) ? null : new WorkerFigures.Requests(number(random), 0, 0, statuses),
				Map.of(FrameDefect.MAGIC, number(random)), number(random));
	}

	private static WorkerFigures.Duration duration(Random random) {
		return new WorkerFigures.Duration(number(random), number(random));
	}

	private static long number(Random random) {
		return switch (random.nextInt(6)) {
			case 0 -> random.nextLong();
			case 1 -> Long.MAX_VALUE;
			case 2 -> Long.MIN_VALUE;
			case 3 -> (1L << 60) - random.nextInt(100);
			case 4 -> -1;
			default -> random.nextInt(1000);
		};
	}

	private WorkerFigures.Duration ended(String queue) {
		return this.totals.snapshot()
			.queues()
			.stream()
			.filter((totals) -> totals.queue().equals(queue))
			.findFirst()
			.orElseThrow()
			.ended()
			.get(WorkOutcome.SERVED);
	}

	private static List<Long> values(DaemonSnapshot.TotalsSnapshot snapshot) {
		List<Long> values = new ArrayList<>();
		snapshot.queues().forEach((queue) -> queue.ended().values().forEach((ended) -> {
			values.add(ended.count());
			values.add(ended.totalNanos());
		}));
		snapshot.requests().values().forEach((answered) -> {
			values.add(answered.count());
			values.add(answered.totalNanos());
		});
		values.addAll(snapshot.rejected().values());
		values.add(snapshot.leakedDescriptors());
		values.add(snapshot.skippedSpares());
		return values;
	}

	private static ProcessIdentity process(long pid) {
		return new ProcessIdentity(pid, STARTED, "boot");
	}

	private static WorkerFigures served(String queue, long count, long nanos) {
		Map<WorkOutcome, WorkerFigures.Duration> ended = Map.of(WorkOutcome.SERVED,
				new WorkerFigures.Duration(count, nanos));
		return figures(ended, Map.of(queue, ended), null, Map.of(), 0);
	}

	private static WorkerFigures figures(Map<WorkOutcome, WorkerFigures.Duration> ended,
			@Nullable Map<String, Map<WorkOutcome, WorkerFigures.Duration>> queues,
			WorkerFigures.@Nullable Requests requests, Map<FrameDefect, Long> rejected, long leaked) {
		return new WorkerFigures(
				WorkerState.READY, new WorkerFigures.Load(0, 1, 0), new WorkerFigures.Works(0, ended,
						new WorkerFigures.Wait(0, 0, 0, 0, 0, 0), rejected, queues, null, null, null),
				new WorkerFigures.Descriptors(0, leaked, false, 0), null, requests);
	}

	private static DaemonSnapshot.WorkerSnapshot worker(long id, @Nullable ProcessIdentity process,
			WorkerFigures figures) {
		return worker(id, process, List.of("a", "b"), figures);
	}

	private static DaemonSnapshot.WorkerSnapshot worker(long id, @Nullable ProcessIdentity process, List<String> queues,
			WorkerFigures figures) {
		return new DaemonSnapshot.WorkerSnapshot(id, process, (process != null) ? process.pid() : 0, "worker",
				WorkerState.READY, queues, Instant.EPOCH, figures, null, 0, null, false);
	}

}
