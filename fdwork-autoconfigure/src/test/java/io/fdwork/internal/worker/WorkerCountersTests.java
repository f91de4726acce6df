package io.fdwork.internal.worker;

import java.util.List;
import java.util.Map;

import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.FrameDefect;
import io.fdwork.internal.wire.WorkMetadata;
import io.fdwork.internal.wire.WorkerFigures;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WorkerCounters}.
 */
class WorkerCountersTests {

	private final WorkerCounters counters = new WorkerCounters();

	@Test
	void shouldHaveFigureForEveryOutcomeAndDefectFromTheStart() {
		assertThat(this.counters.load(3, 2)).isEqualTo(new WorkerFigures.Load(0, 3, 2, 0L));
		WorkerFigures.Works works = this.counters.works();
		assertThat(works.got()).isZero();
		assertThat(works.ended()).containsOnlyKeys(WorkOutcome.values())
			.allSatisfy((outcome, ended) -> assertThat(ended).isEqualTo(new WorkerFigures.Duration(0, 0)));
		assertThat(works.rejected()).containsOnlyKeys(FrameDefect.values()).containsValues(0L);
		assertThat(this.counters.descriptors())
			.isEqualTo(new WorkerFigures.Descriptors(Descriptor.open(), Descriptor.leaked(), false, 0));
	}

	@Test
	void shouldKnowWorksInHand() {
		Work first = work(0, 1);
		Work second = work(0, 1);
		this.counters.got(first);
		this.counters.got(second);
		assertThat(this.counters.inHand()).containsExactlyInAnyOrder(first, second);
		first.close();
		assertThat(this.counters.inHand()).containsExactly(second);
		second.fail();
		assertThat(this.counters.load(1, 0).active()).isZero();
		assertThat(this.counters.works().got()).isEqualTo(2);
	}

	@Test
	void shouldCountAndTimeEndsByOutcome() {
		long now = System.nanoTime();
		Work served = work(now - 2_000_000_000, now - 1_000_000_000);
		GotWork dropped = work(now, now);
		List.of(served, dropped).forEach(this.counters::got);
		served.close();
		dropped.drop();
		WorkerFigures.Works works = this.counters.works();
		Map<WorkOutcome, WorkerFigures.Duration> ended = works.ended();
		assertThat(works.queues()).isEqualTo(Map.of("q", ended));
		assertThat(ended.get(WorkOutcome.SERVED).count()).isEqualTo(1);
		assertThat(ended.get(WorkOutcome.SERVED).totalNanos()).isBetween(1_000_000_000L, 20_000_000_000L);
		assertThat(ended.get(WorkOutcome.DROPPED).count()).isEqualTo(1);
		assertThat(ended.get(WorkOutcome.FAILED)).isEqualTo(new WorkerFigures.Duration(0, 0));
	}

	@Test
	void shouldCountWaits() {
		this.counters.got(work(1_000_000, 3_000_000));
		this.counters.got(work(1_000_000, 5_000_000));
		this.counters.rollWindow();
		WorkerFigures.Wait waited = this.counters.works().waited();
		assertThat(waited.count()).isEqualTo(2);
		assertThat(waited.totalNanos()).isEqualTo(6_000_000);
		assertThat(waited.maxNanos()).isBetween(3_900_000L, 4_100_000L);
	}

	@Test
	void shouldSayWhetherRejectionIsTheFirstOfItsKind() {
		assertThat(this.counters.rejected(FrameDefect.MAGIC)).isTrue();
		assertThat(this.counters.rejected(FrameDefect.MAGIC)).isFalse();
		assertThat(this.counters.rejected(FrameDefect.COUNT)).isTrue();
		assertThat(this.counters.works().rejected()).containsEntry(FrameDefect.MAGIC, 2L)
			.containsEntry(FrameDefect.COUNT, 1L)
			.containsEntry(FrameDefect.FIELD, 0L);
	}

	private GotWork work(long putNanos, long gotNanos) {
		return new GotWork(new WorkMetadata(RequestId.next(), "q", 1, putNanos, null, null, Map.of(), new byte[0]),
				List.of(), gotNanos, this.counters::ended);
	}

}
