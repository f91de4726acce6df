package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.RequestId;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Permits}.
 */
@Timeout(60)
class PermitsTests {

	private final Permits permits = new Permits(4, 100);

	@Test
	void shouldHaveAsManyAsConfigured() {
		assertTotal(4);
	}

	@Test
	void shouldNeverHaveMoreThanConfiguredOrLessThanOne() {
		this.permits.resize(2);
		assertTotal(2);
		this.permits.resize(100);
		assertTotal(4);
		this.permits.resize(1);
		assertTotal(1);
		this.permits.resize(0);
		assertTotal(4);
		this.permits.resize(3);
		this.permits.resize(-1);
		assertTotal(4);
		this.permits.resize(Integer.MIN_VALUE);
		assertTotal(4);
		this.permits.resize(Integer.MAX_VALUE);
		assertTotal(4);
	}

	@Test
	void shouldHaveOneMoreWithEachAnswerInSlowStart() {
		Permits slow = new Permits(4, 100, 100);
		assertThat(slow.total()).as("not to be taken for a busy worker").isEqualTo(4);
		assertThat(slow.used()).isZero();
		assertThat(enterAsManyAsPossible(slow)).isEqualTo(1);
		assertThat(slow.used()).isEqualTo(1);
		for (int permits = 2; permits <= 4; permits++) {
			answer(slow);
			assertThat(enterAsManyAsPossible(slow)).isEqualTo(2);
			assertThat(slow.used()).isEqualTo(permits);
		}
		assertThat(slow.isSlow()).isFalse();
		answer(slow);
		assertThat(enterAsManyAsPossible(slow)).isEqualTo(1);
	}

	@Test
	void shouldHaveAllAfterSoManyAnswers() {
		Permits slow = new Permits(50, 100, 3);
		for (int permits = 1; permits <= 3; permits++) {
			assertThat(slow.isSlow()).isTrue();
			assertThat(slow.tryEnter()).isTrue();
			answer(slow);
		}
		assertThat(slow.isSlow()).isFalse();
		assertThat(enterAsManyAsPossible(slow)).isEqualTo(50);
	}

	@Test
	void shouldResizeInSlowStart() {
		Permits slow = new Permits(4, 100, 100);
		slow.resize(2);
		assertThat(slow.total()).isEqualTo(2);
		assertThat(enterAsManyAsPossible(slow)).isEqualTo(1);
		answer(slow);
		answer(slow);
		answer(slow);
		assertThat(slow.isSlow()).isFalse();
		assertThat(enterAsManyAsPossible(slow)).as("of 2, which the daemon wants").isEqualTo(4);
		assertThat(slow.used()).isEqualTo(2);
		slow.resize(0);
		assertThat(enterAsManyAsPossible(slow)).isEqualTo(2);
	}

	@Test
	void shouldHaveAllWhenOthersDoNotServe() {
		AtomicInteger told = new AtomicInteger();
		for (GotWork shown : List.of(work(1, 0), work(2, Permits.WAITED_NANOS))) {
			Permits slow = new Permits(4, 100, 100);
			slow.got(work(2, Permits.WAITED_NANOS - 1));
			assertThat(slow.isSlow()).isTrue();
			told.set(0);
			slow.onRelease(told::incrementAndGet);
			slow.got(shown);
			assertThat(slow.isSlow()).isFalse();
			assertThat(told).as("who waits for a permit").hasValue(1);
			assertThat(enterAsManyAsPossible(slow)).isEqualTo(4);
		}
	}

	private static GotWork work(long sequence, long waitedNanos) {
		return new GotWork(new WorkMetadata(RequestId.next(), "q", sequence, 7, null, null, Map.of(), new byte[0]),
				List.of(), 7 + waitedNanos, (work, outcome) -> {
				});
	}

	private static void answer(Permits permits) {
		permits.served(1);
		permits.exit();
	}

	private static int enterAsManyAsPossible(Permits permits) {
		int entered = 0;
		while (permits.tryEnter()) {
			entered++;
		}
		return entered;
	}

	@Test
	void shouldGiveNoneUntilEnoughAreBackWhenTakenAway() {
		enter(4);
		this.permits.resize(2);
		assertThat(this.permits.used()).isEqualTo(4);
		this.permits.exit();
		this.permits.exit();
		assertThat(this.permits.tryEnter()).as("two are in use").isFalse();
		this.permits.exit();
		enter(1);
		assertThat(this.permits.tryEnter()).isFalse();
		this.permits.exit();
		this.permits.exit();
		assertTotal(2);
	}

	@Test
	void shouldGiveThoseInUseBackWhenResizedMeanwhile() {
		enter(3);
		this.permits.resize(1);
		this.permits.resize(4);
		assertThat(this.permits.used()).isEqualTo(3);
		enter(1);
		assertThat(this.permits.tryEnter()).isFalse();
		for (int i = 0; i < 4; i++) {
			this.permits.exit();
		}
		assertTotal(4);
	}

	@Test
	void shouldLetNoneEnterWithoutPlaceThoughPermitsAreFree() throws Exception {
		Permits few = new Permits(2, 3);
		for (int i = 0; i < 3; i++) {
			assertThat(few.tryEnter()).isTrue();
			// Idle
			few.release();
		}
		assertThat(few.used()).isZero();
		assertThat(few.isOpen()).isFalse();
		assertThat(few.tryEnter()).isFalse();
		assertThat(few.await(Duration.ofMillis(1))).isFalse();
		assertThat(few.tryAcquire()).as("for one in hand").isTrue();
		few.release();
		few.leave();
		assertThat(few.await(Duration.ZERO)).isTrue();
		assertThat(few.tryEnter()).isTrue();
		assertThat(few.used()).isEqualTo(1);
	}

	@Test
	void shouldTakePlaceOnlyWithPermit() {
		Permits few = new Permits(1, 2);
		assertThat(few.tryEnter()).isTrue();
		for (int i = 0; i < 5; i++) {
			assertThat(few.tryEnter()).isFalse();
		}
		few.release();
		assertThat(few.tryEnter()).as("the second place").isTrue();
	}

	@Test
	void shouldTellWhenIdleWorkTakesLastPermitOrMore() {
		AtomicInteger told = new AtomicInteger();
		this.permits.onExhausted(told::incrementAndGet);
		enter(2);
		assertThat(this.permits.tryAcquire()).isTrue();
		assertThat(told).hasValue(0);
		assertThat(this.permits.tryAcquire()).isTrue();
		assertThat(told).hasValue(1);
		assertThat(this.permits.tryAcquire()).isFalse();
		this.permits.acquireAnyway();
		assertThat(told).hasValue(2);
		assertThat(this.permits.used()).isEqualTo(5);
	}

	@Test
	void shouldTellWhenMessageHasTakenLastPermitOrPlace() {
		AtomicInteger told = new AtomicInteger();
		Permits few = new Permits(2, 2);
		few.onExhausted(told::incrementAndGet);
		assertThat(few.tryEnter()).isTrue();
		few.entered();
		assertThat(told).hasValue(0);
		assertThat(few.tryEnter()).isTrue();
		assertThat(told).as("there may be no message").hasValue(0);
		few.entered();
		assertThat(told).hasValue(1);
		few.release();
		assertThat(few.isOpen()).as("no place").isFalse();
	}

	@Test
	void shouldTellEachPermitAndPlaceThatIsFree() {
		AtomicInteger told = new AtomicInteger();
		enter(2);
		this.permits.onRelease(told::incrementAndGet);
		this.permits.release();
		this.permits.leave();
		assertThat(told).hasValue(2);
	}

	private void enter(int times) {
		for (int i = 0; i < times; i++) {
			assertThat(this.permits.tryEnter()).isTrue();
		}
	}

	@RepeatedTest(20)
	void shouldKeepCountWhenResizedWhilePermitsComeAndGo() throws Exception {
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			int seed = i;
			threads.add(new Thread(() -> {
				for (int n = 0; n < 1000; n++) {
					this.permits.resize((seed + n) % 7);
				}
			}, "test-resize-" + i));
			threads.add(new Thread(() -> {
				for (int n = 0; n < 1000; n++) {
					if (this.permits.tryEnter()) {
						this.permits.exit();
					}
				}
			}, "test-acquire-" + i));
		}
		threads.forEach(Thread::start);
		for (Thread thread : threads) {
			thread.join();
		}
		assertTotal(this.permits.total());
		this.permits.resize(0);
		assertTotal(4);
	}

	private void assertTotal(int total) {
		assertThat(this.permits.total()).isEqualTo(total);
		assertThat(this.permits.used()).isZero();
	}

}
