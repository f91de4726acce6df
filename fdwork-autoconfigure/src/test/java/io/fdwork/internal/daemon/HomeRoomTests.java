package io.fdwork.internal.daemon;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

/**
 * Tests for {@link HomeRoom}.
 */
class HomeRoomTests {

	private long free = 200 + HomeRoom.RESERVE;

	private final List<Integer> shed = new ArrayList<>();

	private final HomeRoom room = new HomeRoom(() -> this.free, this.shed::add);

	@Test
	void shouldNeverPromiseMoreThanThereIsBesidesTheReserve() {
		Worker one = new Worker();
		Worker two = new Worker();
		for (int i = 0; i < 1000; i++) {
			one.share.refill();
			two.share.refill();
			assertThat((long) one.onTheWay() + two.onTheWay() + HomeRoom.RESERVE).isLessThanOrEqualTo(this.free);
			one.giveBack(1);
			two.giveBack(Math.min(two.onTheWay(), 7));
		}
		assertThat(this.free).as("all of it is used").isEqualTo(HomeRoom.RESERVE);
		assertThat(one.returned + two.returned).isEqualTo(200);
		assertThat(this.shed).isEmpty();
	}

	@Test
	void shouldLeaveRoomForWorkersThatComeLater() {
		Worker one = new Worker();
		one.share.refill();
		assertThat(one.onTheWay()).isEqualTo(100);
		Worker two = new Worker();
		two.share.refill();
		assertThat(two.onTheWay()).isBetween(30, 40);
	}

	@Test
	void shouldPromiseTheShareOfAWorkerThatHasGoneToOthers() {
		Worker one = new Worker();
		one.share.refill();
		one.share.close();
		Worker two = new Worker();
		two.share.refill();
		assertThat(two.onTheWay()).isEqualTo(100);
	}

	@Test
	void shouldTellWorkerOnlyWhenHalfOfItsShareIsUsed() {
		this.free = Integer.MAX_VALUE;
		Worker worker = new Worker();
		worker.share.refill();
		assertThat(worker.onTheWay()).isEqualTo(1024);
		worker.giveBack(500);
		assertThat(worker.told).hasSize(1);
		worker.giveBack(100);
		assertThat(worker.told).containsExactly(1024L, 1624L);
	}

	@Test
	void shouldMakeRoomOnlyForWhomThereIsNone() {
		Worker worker = new Worker();
		worker.share.wanted(5);
		assertThat(worker.onTheWay()).isPositive();
		assertThat(this.shed).isEmpty();
		this.free = HomeRoom.RESERVE;
		Worker other = new Worker();
		other.share.wanted(5);
		other.share.wanted(1_000_000);
		other.share.wanted(-1);
		assertThat(other.told).isEmpty();
		assertThat(this.shed).containsExactly(5, 32, 1);
		this.free += worker.onTheWay() + 5;
		other.share.wanted(5);
		assertThat(other.onTheWay()).isPositive();
		assertThat(this.shed).hasSize(3);
	}

	@Test
	void shouldLetSomeGoWhenWorkersOfAnEarlierVersionHaveUsedUpTheReserve() {
		this.room.relieve();
		assertThat(this.shed).isEmpty();
		this.free = 20;
		this.room.relieve();
		assertThat(this.shed).containsExactly(HomeRoom.RESERVE / 2 - 20);
		Worker worker = new Worker();
		worker.share.returned(1000);
		assertThat(worker.told).isEmpty();
	}

	@Test
	void shouldNameTheMinimumWhenThereAreTooFewDescriptors() {
		assertThatNoException().isThrownBy(HomeRoom::check);
		assertThatNoException().isThrownBy(() -> HomeRoom.check(256, HomeRoom.RESERVE + HomeRoom.MIN));
		assertThatExceptionOfType(TooFewDescriptorsException.class).isThrownBy(() -> HomeRoom.check(64, 30))
			.withMessage("A daemon cannot work with 64 open files (ulimit -n): this one needs at least 130, and one "
					+ "more for each worker and each idle connection")
			.satisfies((ex) -> assertThat(ex.getAction()).startsWith("Raise the limit to 130 or more"));
	}

	private final class Worker {

		private final List<Long> told = new ArrayList<>();

		private final HomeRoom.Share share = HomeRoomTests.this.room.open(this.told::add);

		private long returned;

		private int onTheWay() {
			return (int) (((this.told.isEmpty()) ? 0 : this.told.get(this.told.size() - 1)) - this.returned);
		}

		private void giveBack(int connections) {
			int count = Math.min(connections, onTheWay());
			this.returned += count;
			HomeRoomTests.this.free -= count;
			this.share.returned(count);
		}

	}

}
