package io.fdwork.internal.worker;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What a worker concludes of the life of its daemon, from its beats and its silence, a
 * step at a time. Has no thread and no lock.
 */
final class DaemonPulse {

	/**
	 * How many steps there are in the limit.
	 */
	private static final int STEPS = 16;

	/**
	 * How many times as long as it should be a step may count.
	 */
	private static final int MAX_LATENESS = 2;

	private final long limitNanos;

	private Line line = Line.NONE;

	private @Nullable DaemonLife life;

	// Only as far as this process could hear it
	private long silentNanos;

	private long lastNanos;

	/**
	 * Create a pulse of no daemon.
	 * @param limit how long one that does its work may be silent
	 */
	DaemonPulse(Duration limit, long now) {
		this.limitNanos = limit.toNanos();
		this.lastNanos = now;
	}

	/**
	 * Return the time from one step to the next.
	 */
	Duration interval() {
		return Duration.ofNanos(this.limitNanos / STEPS);
	}

	/**
	 * Return what is concluded.
	 * @return the life of the daemon, {@code null} before the first one
	 */
	@Nullable DaemonLife life() {
		return this.life;
	}

	/**
	 * Return whether a daemon that should say something has not for too long.
	 */
	boolean isSilent() {
		return this.line == Line.BEATING && this.silentNanos >= this.limitNanos;
	}

	/**
	 * Return for how long the daemon has been silent.
	 */
	Duration silence() {
		return Duration.ofNanos(this.silentNanos);
	}

	/**
	 * There is a daemon that has no life line: it counts as alive while it is connected.
	 */
	void connected() {
		this.line = Line.NONE;
		this.life = DaemonLife.ALIVE;
	}

	/**
	 * There is a daemon with a life line, which has said nothing yet.
	 */
	void lined() {
		this.line = Line.BEATING;
		this.silentNanos = 0;
		if (this.life == DaemonLife.DEAD) {
			// That was another one
			this.life = DaemonLife.HUNG;
		}
	}

	void beat() {
		if (this.line == Line.BEATING) {
			this.silentNanos = 0;
			this.life = DaemonLife.ALIVE;
		}
	}

	/**
	 * The line has ended.
	 */
	void ended() {
		this.line = Line.ENDED;
		this.life = DaemonLife.DEAD;
	}

	/**
	 * The daemon has said that it stops. A beat that is still on its way says nothing.
	 */
	void dismissed() {
		if (this.life != DaemonLife.DEAD) {
			this.line = Line.LAST;
			this.life = DaemonLife.HUNG;
		}
	}

	/**
	 * The control connection has ended, of which a daemon with a life line does not die.
	 */
	void disconnected() {
		if (this.line == Line.NONE && this.life == DaemonLife.ALIVE) {
			this.life = DaemonLife.HUNG;
		}
	}

	/**
	 * Let time pass, at least as often as the interval says. Where this process itself
	 * did not come to it, because it was stopped too for instance, that is no silence of
	 * the daemon.
	 */
	void step(long now) {
		long most = interval().toNanos() * MAX_LATENESS;
		this.silentNanos += Math.min(now - this.lastNanos, most);
		this.lastNanos = now;
		if (isSilent()) {
			this.life = DaemonLife.HUNG;
		}
	}

	/**
	 * What is heard of a life line.
	 */
	private enum Line {

		NONE, BEATING, LAST, ENDED

	}

}
