package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DescriptorReserve}.
 */
@Timeout(60)
class DescriptorReserveTests {

	private static final Duration SHORT = Duration.ofMillis(10);

	private final WorkerCounters counters = new WorkerCounters();

	private final AtomicLong estimated = new AtomicLong();

	private final AtomicLong free = new AtomicLong();

	private final AtomicLong measurements = new AtomicLong();

	private final DescriptorReserve reserve = new DescriptorReserve(100, this.counters, this.estimated::get, () -> {
		this.measurements.incrementAndGet();
		return this.free.get();
	});

	@Test
	void shouldMeasureNothingWhileManyAreFree() throws Exception {
		this.estimated.set(1000);
		for (int i = 0; i < 10; i++) {
			assertThat(this.reserve.enter(SHORT)).isTrue();
		}
		assertThat(this.measurements).hasValue(0);
	}

	@Test
	void shouldMeasureWhenFewMayBeFree() throws Exception {
		this.estimated.set(99);
		this.free.set(100);
		assertThat(this.reserve.enter(SHORT)).isTrue();
		assertThat(this.measurements).hasValue(1);
		assertThat(paused()).isFalse();
	}

	@Test
	void shouldLetInAsManyAsHaveRoomForWhatComes() throws Exception {
		this.free.set(100 + 64);
		assertThat(this.reserve.enter(SHORT)).isTrue();
		assertThat(this.reserve.enter(SHORT)).isTrue();
		assertThat(this.reserve.enter(SHORT)).isFalse();
		assertThat(paused()).as("somebody gets").isFalse();
		this.reserve.leave();
		assertThat(this.reserve.enter(SHORT)).isTrue();
	}

	@Test
	void shouldWakeWhoWaitsWhenSomebodyLeaves() throws Exception {
		this.free.set(100);
		assertThat(this.reserve.enter(SHORT)).isTrue();
		CompletableFuture<Void> waited = CompletableFuture.runAsync(() -> {
			try {
				this.reserve.enter(Duration.ofSeconds(50));
			}
			catch (InterruptedException ex) {
				throw new IllegalStateException(ex);
			}
		});
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> this.measurements.get() == 2);
		this.reserve.leave();
		assertThat(waited).succeedsWithin(Duration.ofSeconds(10));
		assertThat(this.reserve.enter(SHORT)).isTrue();
	}

	@Test
	void shouldPauseUntilThereAreEnough() throws Exception {
		this.free.set(99);
		assertThat(this.reserve.enter(SHORT)).isFalse();
		assertThat(this.reserve.enter(SHORT)).isFalse();
		assertThat(paused()).isTrue();
		assertThat(this.counters.descriptors().pauses()).isEqualTo(1);
		this.estimated.set(1000);
		assertThat(this.reserve.enter(SHORT)).isTrue();
		assertThat(paused()).isFalse();
	}

	private boolean paused() {
		return this.counters.descriptors().paused();
	}

}
