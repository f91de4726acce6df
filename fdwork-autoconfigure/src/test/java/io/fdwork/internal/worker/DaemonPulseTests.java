package io.fdwork.internal.worker;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DaemonPulse}.
 */
class DaemonPulseTests {

	private static final Duration LIMIT = Duration.ofSeconds(2);

	private long now = Long.MAX_VALUE - 1_000_000_000L;

	private final DaemonPulse pulse = new DaemonPulse(LIMIT, this.now);

	@Test
	void shouldKnowNothingBeforeFirstDaemon() {
		pass(Duration.ofMinutes(1));
		assertThat(this.pulse.life()).isNull();
	}

	@Test
	void shouldBeAliveFromFirstBeatOn() {
		this.pulse.lined();
		assertThat(this.pulse.life()).as("a daemon that has not said that it accepts").isNull();
		this.pulse.beat();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
	}

	@Test
	void shouldBeHungWhenThereIsNoFirstBeat() {
		this.pulse.lined();
		pass(LIMIT);
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.HUNG);
		this.pulse.beat();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
	}

	@Test
	void shouldBeHungNotBeforeLimitAndSoonAfterIt() {
		beating();
		pass(LIMIT.minusMillis(1));
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
		pass(this.pulse.interval());
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.HUNG);
		assertThat(this.pulse.isSilent()).isTrue();
		assertThat(this.pulse.silence()).isBetween(LIMIT, LIMIT.plus(this.pulse.interval()));
		assertThat(this.pulse.interval()).isLessThanOrEqualTo(Duration.ofMillis(150));
	}

	@Test
	void shouldStayAliveWhileOneBeatOfManyComes() {
		beating();
		for (int i = 0; i < 100; i++) {
			pass(LIMIT.minusMillis(10));
			this.pulse.beat();
			assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
		}
	}

	@Test
	void shouldBeAliveAgainWithNextBeat() {
		beating();
		pass(LIMIT);
		this.pulse.beat();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
		assertThat(this.pulse.isSilent()).isFalse();
		pass(LIMIT.minusMillis(1));
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
	}

	@Test
	void shouldNotTakeOwnPauseForSilence() {
		beating();
		for (int i = 0; i < 3; i++) {
			// As after SIGSTOP of both, of which this process wakes first
			this.now += Duration.ofHours(1).toNanos();
			this.pulse.step(this.now);
			assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
		}
		pass(LIMIT.dividedBy(2));
		assertThat(this.pulse.life()).as("the daemon has half the limit and more").isEqualTo(DaemonLife.ALIVE);
		pass(LIMIT.dividedBy(2));
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.HUNG);
	}

	@Test
	void shouldBeDeadAtEndOfLine() {
		beating();
		this.pulse.ended();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.DEAD);
		pass(LIMIT.multipliedBy(2));
		this.pulse.disconnected();
		this.pulse.dismissed();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.DEAD);
	}

	@Test
	void shouldBeDeadAfterItHung() {
		beating();
		pass(LIMIT);
		this.pulse.ended();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.DEAD);
	}

	@Test
	void shouldNotDieOfItsControlConnection() {
		beating();
		this.pulse.disconnected();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
		pass(LIMIT.minusMillis(1));
		this.pulse.beat();
		this.pulse.lined();
		assertThat(this.pulse.life()).as("registered again, with another line").isEqualTo(DaemonLife.ALIVE);
		pass(LIMIT.minusMillis(1));
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
	}

	@Test
	void shouldNotCountNextDaemonAsDeadNorAsAliveBeforeItAccepts() {
		beating();
		this.pulse.ended();
		this.pulse.lined();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.HUNG);
		assertThat(this.pulse.isSilent()).as("it has its time").isFalse();
		this.pulse.beat();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
	}

	@Test
	void shouldNotTakeLateBeatOfDismissingDaemonForWork() {
		beating();
		this.pulse.dismissed();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.HUNG);
		assertThat(this.pulse.isSilent()).isFalse();
		this.pulse.beat();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.HUNG);
		this.pulse.disconnected();
		this.pulse.ended();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.DEAD);
	}

	@Test
	void shouldGoByControlConnectionOfDaemonWithoutLine() {
		this.pulse.connected();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
		pass(LIMIT.multipliedBy(10));
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
		this.pulse.disconnected();
		assertThat(this.pulse.life()).as("it may live").isEqualTo(DaemonLife.HUNG);
		this.pulse.connected();
		assertThat(this.pulse.life()).isEqualTo(DaemonLife.ALIVE);
	}

	private void beating() {
		this.pulse.lined();
		this.pulse.beat();
	}

	/**
	 * Let time pass, in the steps that are agreed.
	 */
	private void pass(Duration time) {
		long end = this.now + time.toNanos();
		while (end - this.now > 0) {
			this.now += Math.min(this.pulse.interval().toNanos(), end - this.now);
			this.pulse.step(this.now);
		}
	}

}
