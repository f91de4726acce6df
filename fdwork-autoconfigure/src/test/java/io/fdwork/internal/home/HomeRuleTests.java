package io.fdwork.internal.home;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

import io.fdwork.ConnectionHistory;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.home.HomeRule.Action;
import io.fdwork.internal.home.HomeRule.Advice;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
import io.fdwork.internal.worker.IdleReturn;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HomeRule}.
 */
class HomeRuleTests {

	private static final long SECOND = Duration.ofSeconds(1).toNanos();

	private final Way way = new Way();

	private Duration idleTimeout;

	private final HomeRule rule = new HomeRule(() -> this.way, Duration.ofSeconds(30), () -> this.idleTimeout);

	private final HomeRule never = new HomeRule(() -> this.way, Duration.ZERO, () -> this.idleTimeout);

	private Descriptor.Pipe pipe;

	private Work work;

	@BeforeEach
	void open() throws IOException {
		this.pipe = Descriptor.pipe();
		this.work = work(Map.of(), new byte[0], List.of(this.pipe.source()));
	}

	private static Work work(Map<String, String> parameters, byte[] payload, List<Descriptor> descriptors) {
		return new GotWork(new WorkMetadata(RequestId.next(), "q", 1, 1, null, null, parameters, payload), descriptors,
				1, (work, outcome) -> {
				});
	}

	@AfterEach
	void close() {
		this.work.close();
		this.pipe.close();
	}

	@Test
	void shouldGoAfterIdleTime() {
		assertThat(advise(0)).isEqualTo(Advice.askAgainIn(30 * SECOND));
		assertThat(advise(29 * SECOND)).isEqualTo(Advice.askAgainIn(SECOND));
		assertThat(advise(30 * SECOND)).isEqualTo(Advice.GO);
	}

	@Test
	void shouldGoUnreadOnlyToDaemonThatHasRoomAndIfItGoesWithoutDrain() {
		assertThat(this.rule.isToGoUnread(this.work, true)).isTrue();
		assertThat(this.rule.isToGoUnread(this.work, false)).isFalse();
		assertThat(this.never.isToGoUnread(this.work, true)).isFalse();
		this.way.open = false;
		assertThat(this.rule.isToGoUnread(this.work, true)).isFalse();
	}

	@Test
	void shouldBeCheckedOftenEnoughForItsIdleTime() {
		assertThat(this.rule.checkInterval()).isEqualTo(HomeRule.DRAIN_CHECK_INTERVAL);
		assertThat(this.never.checkInterval()).isEqualTo(HomeRule.DRAIN_CHECK_INTERVAL);
		assertThat(ruleOf(20).checkInterval()).isEqualTo(Duration.ofMillis(2));
		assertThat(ruleOf(1).checkInterval()).isEqualTo(Duration.ofMillis(1));
	}

	private HomeRule ruleOf(int idleMillis) {
		return new HomeRule(() -> this.way, Duration.ofMillis(idleMillis), () -> this.idleTimeout);
	}

	@Test
	void shouldStayWhileDaemonHasNoRoomUnlessItCannot() {
		this.way.open = false;
		assertThat(advise(30 * SECOND)).isEqualTo(Advice.askAgainIn(30 * SECOND));
		assertThat(this.rule.advise(this.work, true, true, 0, 0)).as("draining").isEqualTo(Advice.GO);
		this.way.atLimit = true;
		assertThat(advise(30 * SECOND)).isEqualTo(Advice.askAgainIn(SECOND / 10));
		this.way.roomWanted = true;
		assertThat(advise(0)).isEqualTo(Advice.GO);
	}

	@Test
	void shouldGoAtOnceWhileDraining() {
		assertThat(this.rule.advise(this.work, true, true, 0, 0)).isEqualTo(Advice.GO);
		assertThat(this.never.advise(this.work, true, true, 0, 0)).isEqualTo(Advice.GO);
	}

	@Test
	void shouldGoAtOnceWhenOthersWaitForItsPermit() {
		this.way.atLimit = true;
		assertThat(advise(0)).as("nobody says that others come").isEqualTo(Advice.askAgainIn(SECOND / 10));
		this.way.roomWanted = true;
		assertThat(advise(0)).isEqualTo(Advice.GO);
		assertThat(this.rule.isRoomWanted(this.work)).isTrue();
		assertThat(this.rule.advise(this.work, false, false, 0, 0).action()).isEqualTo(Action.ASK_AGAIN);
	}

	@Test
	void shouldStayWithoutIdleTimeUntilWorkerDrains() {
		this.way.atLimit = true;
		this.way.roomWanted = true;
		assertThat(this.never.advise(this.work, true, false, 30 * SECOND, 0)).isEqualTo(Advice.STAY);
		assertThat(this.never.isRoomWanted(this.work)).isFalse();
	}

	@Test
	void shouldStayWhenItCannotGo() {
		this.way.connected = false;
		assertStays(this.work, true);
		this.way.connected = true;
		assertStays(this.work, false);
		assertStays(work(Map.of("a", "b"), new byte[0], List.of(this.pipe.source())), true);
		assertStays(work(Map.of(), new byte[1], List.of(this.pipe.source())), true);
		assertStays(work(Map.of(), new byte[0], List.of(this.pipe.source(), this.pipe.sink())), true);
		assertThat(this.rule.canGo(this.work, true)).isTrue();
	}

	private void assertStays(Work work, boolean bare) {
		assertThat(this.rule.canGo(work, bare)).isFalse();
		assertThat(this.rule.advise(work, bare, false, 40 * SECOND, 0)).isEqualTo(Advice.askAgainIn(30 * SECOND));
		assertThat(this.rule.advise(work, bare, true, SECOND / 4, 0)).isEqualTo(Advice.askAgainIn(3 * SECOND / 4));
		assertThat(this.rule.advise(work, bare, true, SECOND, 0)).isEqualTo(Advice.CLOSE);
	}

	@Test
	void shouldCloseOneThatNeverGoesInDrainOnly() {
		assertThat(HomeRule.ofOneThatStays(false, 40 * SECOND)).isEqualTo(Advice.STAY);
		assertThat(HomeRule.ofOneThatStays(true, 0)).isEqualTo(Advice.askAgainIn(SECOND));
		assertThat(HomeRule.ofOneThatStays(true, SECOND)).isEqualTo(Advice.CLOSE);
	}

	@Test
	void shouldCloseWhatCameIdleWhenItWasSoForTheIdleTimeoutInAll() {
		this.idleTimeout = Duration.ofSeconds(60);
		this.way.connected = false;
		assertThat(this.rule.advise(this.work, true, false, SECOND, 58 * SECOND)).isEqualTo(Advice.askAgainIn(SECOND));
		assertThat(this.rule.advise(this.work, true, false, SECOND, 59 * SECOND)).isEqualTo(Advice.CLOSE);
		assertThat(this.never.advise(this.work, true, false, SECOND, 58 * SECOND)).isEqualTo(Advice.askAgainIn(SECOND));
		this.way.connected = true;
		assertThat(this.rule.advise(this.work, true, false, 31 * SECOND, 59 * SECOND)).as("the daemon knows")
			.isEqualTo(Advice.GO);
		this.way.connected = false;
		assertThat(this.rule.advise(this.work, true, false, 61 * SECOND, 0)).as("its server closes it itself")
			.isEqualTo(Advice.askAgainIn(30 * SECOND));
		this.idleTimeout = null;
		assertThat(this.never.advise(this.work, true, false, SECOND, 90 * SECOND)).isEqualTo(Advice.STAY);
	}

	@Test
	void shouldLetAnswerBeTheLastWhenConnectionCannotGoInDrainOrClientsShouldGoElsewhere() {
		assertThat(this.rule.isLast(this.work, true, false)).isFalse();
		assertThat(this.rule.isLast(this.work, true, true)).as("it goes home").isFalse();
		assertThat(this.rule.isLast(this.work, false, true)).isTrue();
		this.way.parting = true;
		assertThat(this.rule.isLast(this.work, true, false)).isTrue();
		assertThat(this.never.isLast(this.work, false, false)).isTrue();
		assertThat(advise(SECOND)).as("idle ones stay until their clients speak")
			.isEqualTo(Advice.askAgainIn(29 * SECOND));
	}

	private Advice advise(long idleNanos) {
		return this.rule.advise(this.work, true, false, idleNanos, 0);
	}

	private static final class Way implements IdleReturn {

		private boolean connected = true;

		private boolean open = true;

		private boolean parting;

		private boolean atLimit;

		private boolean roomWanted;

		@Override
		public boolean isConnected() {
			return this.connected;
		}

		@Override
		public boolean isOpen() {
			return this.connected && this.open;
		}

		@Override
		public void wantRoom() {
			throw new UnsupportedOperationException();
		}

		@Override
		public boolean isParting() {
			return this.parting;
		}

		@Override
		public boolean isAtLimit(String queue) {
			return this.atLimit;
		}

		@Override
		public boolean isRoomWanted(String queue) {
			return this.roomWanted;
		}

		@Override
		public void giveBack(Work work, Descriptor connection, ConnectionHistory history, Duration idleTimeout,
				Consumer<Descriptor> refused) {
			throw new UnsupportedOperationException();
		}

	}

}
