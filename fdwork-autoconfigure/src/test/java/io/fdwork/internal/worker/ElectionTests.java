package io.fdwork.internal.worker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Election}.
 */
@Timeout(60)
class ElectionTests {

	private final List<Boolean> told = new ArrayList<>();

	private final FakeSeat seat = new FakeSeat();

	private boolean mayLead = true;

	private final Election election = new Election(this.seat, () -> this.mayLead, this.told::add);

	@Test
	void shouldLeadWhenItMayAndSeatIsFree() {
		assertThat(this.election.isLeader()).isFalse();
		this.mayLead = false;
		assertThat(this.election.step()).isTrue();
		assertThat(this.election.isLeader()).isFalse();
		this.mayLead = true;
		this.seat.taken = true;
		this.election.step();
		assertThat(this.election.isLeader()).isFalse();
		assertThat(this.told).isEmpty();
		this.seat.taken = false;
		this.election.step();
		assertThat(this.election.isLeader()).isTrue();
		assertThat(this.told).containsExactly(true);
	}

	@Test
	void shouldStayLeaderWhenItMayNotBecomeOne() {
		this.election.step();
		this.mayLead = false;
		this.election.step();
		assertThat(this.election.isLeader()).isTrue();
		assertThat(this.told).containsExactly(true);
	}

	@Test
	void shouldRunInLeaderOnly() {
		AtomicInteger runs = new AtomicInteger();
		assertThat(this.election.runIfLeader(runs::incrementAndGet)).isFalse();
		this.election.step();
		assertThat(this.election.runIfLeader(runs::incrementAndGet)).isTrue();
		assertThat(runs).hasValue(1);
		this.election.resign();
		assertThat(this.election.runIfLeader(runs::incrementAndGet)).as("at once").isFalse();
		assertThat(this.election.isLeader()).isFalse();
		assertThat(runs).hasValue(1);
	}

	@Test
	void shouldKeepSeatUntilWhatItRunsHasEnded() throws Exception {
		this.election.step();
		CountDownLatch running = new CountDownLatch(1);
		CountDownLatch end = new CountDownLatch(1);
		Thread task = new Thread(() -> this.election.runIfLeader(() -> {
			running.countDown();
			try {
				end.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}));
		task.start();
		assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
		this.election.resign();
		assertThat(this.election.step()).as("has not left yet").isTrue();
		assertThat(this.told).containsExactly(true, false);
		assertThat(this.seat.held).isTrue();
		end.countDown();
		task.join();
		assertThat(this.election.step()).as("nothing to do any more").isFalse();
		assertThat(this.seat.held).isFalse();
		assertThat(this.told).containsExactly(true, false);
	}

	@Test
	void shouldKeepSeatNoLongerWhenTaskFails() {
		this.election.step();
		assertThatIllegalStateException().isThrownBy(() -> this.election.runIfLeader(() -> {
			throw new IllegalStateException("failed");
		}));
		this.election.resign();
		assertThat(this.election.step()).isFalse();
		assertThat(this.seat.held).isFalse();
	}

	@Test
	void shouldTellBeforeSeatIsLeft() {
		List<Boolean> held = new ArrayList<>();
		Election told = new Election(this.seat, () -> true, (leader) -> held.add(this.seat.held));
		told.step();
		told.resign();
		told.step();
		assertThat(held).containsExactly(true, true);
		assertThat(this.seat.held).isFalse();
	}

	@Test
	void shouldLeadNoMoreWhenSeatKeepsNobodyOut() {
		this.election.step();
		this.seat.valid = false;
		this.seat.taken = true;
		this.election.step();
		assertThat(this.election.isLeader()).isFalse();
		assertThat(this.told).containsExactly(true, false);
		this.seat.taken = false;
		this.election.step();
		assertThat(this.election.isLeader()).isTrue();
	}

	@Test
	void shouldGoOnWhenSeatOrObserverFails() {
		this.seat.failure = new IOException("disk");
		assertThat(this.election.step()).isTrue();
		assertThat(this.election.isLeader()).isFalse();
		this.seat.failure = null;
		Election failing = new Election(this.seat, () -> true, (leader) -> {
			throw new IllegalStateException("told");
		});
		failing.step();
		assertThat(failing.isLeader()).isTrue();
		failing.resign();
		failing.step();
		assertThat(failing.step()).isFalse();
		assertThat(this.seat.held).isFalse();
	}

	@Test
	void shouldNotStandWhenResignedBefore() {
		this.election.resign();
		this.election.start();
		assertThat(this.election.step()).isFalse();
		assertThat(this.seat.held).isFalse();
		assertThat(this.told).isEmpty();
	}

	private static final class FakeSeat implements Election.Seat {

		private boolean taken;

		private boolean held;

		private boolean valid;

		private @Nullable IOException failure;

		@Override
		public boolean take() throws IOException {
			if (this.failure != null) {
				throw this.failure;
			}
			this.held = !this.taken;
			this.valid = this.held;
			return this.held;
		}

		@Override
		public boolean isValid() {
			return this.valid;
		}

		@Override
		public void leave() {
			this.held = false;
		}

	}

}
