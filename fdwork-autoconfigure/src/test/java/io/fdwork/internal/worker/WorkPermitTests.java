package io.fdwork.internal.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import io.fdwork.RequestId;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the permit of a {@link GotWork}, which is of {@link Permits}.
 */
class WorkPermitTests {

	private final Permits permits = new Permits(2, 100);

	@Test
	void shouldReleasePermitOnceWhenIdleAndEnded() {
		GotWork work = newWork();
		assertFree(1);
		work.idle();
		work.idle();
		assertFree(2);
		work.close();
		work.idle();
		assertFree(2);
	}

	@Test
	void shouldReleasePermitWhenEndedWithoutBeingIdle() {
		GotWork work = newWork();
		work.fail();
		work.close();
		assertFree(2);
	}

	@Test
	void shouldTakePermitAgainWhenThereIsOne() {
		GotWork work = newWork();
		work.idle();
		assertThat(work.tryResume()).isTrue();
		assertThat(work.tryResume()).isTrue();
		assertFree(1);
		work.close();
		assertFree(2);
	}

	@Test
	void shouldStayIdleWhenThereIsNoPermit() {
		GotWork work = newWork();
		work.idle();
		GotWork first = newWork();
		GotWork second = newWork();
		assertThat(work.tryResume()).isFalse();
		work.close();
		assertFree(0);
		first.close();
		second.close();
		assertFree(2);
	}

	@Test
	void shouldCountTowardsThoseToComeWhenResumedWithoutPermit() {
		GotWork work = newWork();
		work.idle();
		GotWork first = newWork();
		GotWork second = newWork();
		work.resume();
		work.resume();
		assertFree(-1);
		first.close();
		assertThat(this.permits.tryAcquire()).isFalse();
		second.close();
		work.close();
		assertFree(2);
	}

	@Test
	void shouldTakeNoPermitWhenEnded() {
		GotWork work = newWork();
		work.close();
		assertThat(work.tryResume()).isTrue();
		work.resume();
		assertFree(2);
	}

	@Test
	void shouldTellForHowLongWorkWasServedWithoutABreak() {
		List<Long> served = new ArrayList<>();
		this.permits.onServed(served::add);
		GotWork work = newWork();
		work.idle();
		work.idle();
		assertThat(served).as("since it was got").hasSize(1).allMatch((nanos) -> nanos > 0);
		work.resume();
		work.close();
		assertThat(served).hasSize(2);
		assertThat(served.get(1)).as("since it was idle").isBetween(0L, TimeUnit.MINUTES.toNanos(1));
		GotWork idle = newWork();
		idle.idle();
		idle.close();
		assertThat(served).as("nobody served it at its end").hasSize(3);
		newWork().drop();
		assertThat(served).as("nobody served it").hasSize(3);
		newWork().fail();
		assertThat(served).hasSize(4);
	}

	@Test
	void shouldLoseNoPermitWhenEndedAndResumedAtOnce() throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(4);
		CyclicBarrier barrier = new CyclicBarrier(4);
		try {
			for (int i = 0; i < 2000; i++) {
				GotWork work = newWork();
				work.idle();
				List<Future<?>> results = new ArrayList<>();
				for (Runnable action : List.<Runnable>of(work::close, work::resume, work::tryResume, work::idle)) {
					results.add(executor.submit(() -> {
						barrier.await();
						action.run();
						return null;
					}));
				}
				for (Future<?> result : results) {
					result.get(10, TimeUnit.SECONDS);
				}
				assertFree(2);
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private GotWork newWork() {
		assertThat(this.permits.tryEnter()).isTrue();
		return new GotWork(new WorkMetadata(RequestId.next(), "q", 1, 1, null, null, Map.of(), new byte[0]), List.of(),
				1, (ended, outcome) -> {
				}, this.permits);
	}

	private void assertFree(int count) {
		assertThat(this.permits.used()).isEqualTo(2 - count);
	}

}
