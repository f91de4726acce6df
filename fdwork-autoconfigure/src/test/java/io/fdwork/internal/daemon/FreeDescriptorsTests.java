package io.fdwork.internal.daemon;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link FreeDescriptors}.
 */
class FreeDescriptorsTests {

	private long now = Long.MAX_VALUE - 1;

	private long open = 100;

	private int counts;

	private Duration cost = Duration.ZERO;

	private final FreeDescriptors free = new FreeDescriptors(this::count, () -> this.now);

	private long count() {
		this.counts++;
		this.now += this.cost.toNanos();
		return 1024 - this.open;
	}

	@Test
	void shouldCountEachTimeWhenThatIsCheap() {
		for (int i = 0; i < 10; i++) {
			this.open++;
			assertThat(this.free.get()).isEqualTo(1024 - this.open);
		}
		assertThat(this.counts).isEqualTo(10);
	}

	@Test
	void shouldCountForShareOfTheTimeWhenThatIsDear() {
		this.cost = Duration.ofMillis(1);
		assertThat(this.free.get()).isEqualTo(924);
		for (int i = 1; i <= 10; i++) {
			this.now += this.cost.toNanos();
			this.open++;
			this.free.take(1);
			assertThat(this.free.get()).isEqualTo(1024 - this.open);
		}
		this.open -= 50;
		assertThat(this.free.get()).as("never more than there are").isEqualTo(914);
		assertThat(this.counts).isEqualTo(1);
		this.now += this.cost.multipliedBy(10).toNanos();
		assertThat(this.free.get()).isEqualTo(1024 - this.open);
		assertThat(this.counts).isEqualTo(2);
	}

}
