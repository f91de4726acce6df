package io.fdwork.internal.worker;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReturnRoom}.
 */
class ReturnRoomTests {

	@Test
	void shouldHaveNoRoomBeforeDaemonSaysSo() {
		ReturnRoom room = new ReturnRoom(true);
		assertThat(room.hasMoreThan(0)).isFalse();
		assertThat(room.claim(5)).isZero();
	}

	@Test
	void shouldLetGoAsManyAsDaemonHasPromised() {
		ReturnRoom room = new ReturnRoom(true);
		room.promise(7);
		room.promise(3);
		assertThat(room.hasMoreThan(6)).isTrue();
		assertThat(room.hasMoreThan(7)).isFalse();
		assertThat(room.claim(5)).isEqualTo(5);
		assertThat(room.claim(5)).isEqualTo(2);
		assertThat(room.claim(5)).isZero();
		room.release(2);
		assertThat(room.claim(5)).isEqualTo(2);
		room.promise(8);
		assertThat(room.claim(5)).isEqualTo(1);
	}

	@Test
	void shouldHaveRoomWithoutBoundWhenDaemonIsOfAnEarlierVersion() {
		ReturnRoom room = new ReturnRoom(false);
		assertThat(room.hasMoreThan(1_000_000)).isTrue();
		assertThat(room.claim(1_000_000)).isEqualTo(1_000_000);
		assertThat(room.hasMoreThan(0)).isTrue();
	}

}
