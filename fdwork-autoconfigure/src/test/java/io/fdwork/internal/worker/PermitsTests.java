package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

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
