package io.fdwork.internal.worker;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Permits}.
 */
@Timeout(60)
class PermitsTests {

	private final Permits permits = new Permits(4);

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
		assertThat(this.permits.tryAcquire(4)).isTrue();
		this.permits.resize(2);
		assertThat(this.permits.availablePermits()).isEqualTo(-2);
		this.permits.release();
		this.permits.release();
		assertThat(this.permits.tryAcquire()).as("two are in use").isFalse();
		this.permits.release();
		assertThat(this.permits.tryAcquire()).isTrue();
		assertThat(this.permits.tryAcquire()).isFalse();
		this.permits.release(2);
		assertTotal(2);
	}

	@Test
	void shouldGiveThoseInUseBackWhenResizedMeanwhile() {
		assertThat(this.permits.tryAcquire(3)).isTrue();
		this.permits.resize(1);
		this.permits.resize(4);
		assertThat(this.permits.availablePermits()).isEqualTo(1);
		this.permits.release(3);
		assertTotal(4);
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
					if (this.permits.tryAcquire()) {
						this.permits.release();
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
		assertThat(this.permits.availablePermits()).isEqualTo(total);
	}

}
