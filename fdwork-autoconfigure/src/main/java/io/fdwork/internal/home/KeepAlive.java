package io.fdwork.internal.home;

import io.fdwork.ConnectionHistory;
import org.jspecify.annotations.Nullable;

/**
 * How many requests a connection has carried, and since when it is idle, in this process
 * and before. For the threads of one connection, of which one at a time changes it.
 */
public final class KeepAlive {

	private volatile int requests;

	private volatile long idleSince = System.nanoTime();

	// What came here idle has been so for longer
	private volatile long idleBefore;

	/**
	 * Create the state of a connection that is idle from now on.
	 * @param history what has happened on it before, {@code null} for a new one
	 */
	public KeepAlive(@Nullable ConnectionHistory history) {
		if (history != null) {
			this.requests = history.requests();
			this.idleBefore = Math.max(0, this.idleSince - history.idleSinceNanos());
		}
	}

	/**
	 * Say that the connection has brought a request.
	 * @return how many it has brought
	 */
	public int request() {
		this.idleBefore = 0;
		// Nobody else counts
		int requests = this.requests + 1;
		this.requests = requests;
		return requests;
	}

	/**
	 * Return how many requests the connection has brought.
	 */
	public int requests() {
		return this.requests;
	}

	/**
	 * Say that the connection is idle.
	 * @param sinceNanos since when, in nanoseconds of {@link System#nanoTime()}
	 */
	public void idle(long sinceNanos) {
		this.idleSince = sinceNanos;
	}

	/**
	 * Return how long the connection has been idle in this process.
	 */
	public long idleNanos() {
		return System.nanoTime() - this.idleSince;
	}

	/**
	 * Return how long the connection had been idle when it came.
	 * @return the nanoseconds, zero for one that has carried a request since
	 */
	public long idleBeforeNanos() {
		return this.idleBefore;
	}

	/**
	 * Return what goes home with the connection.
	 */
	public ConnectionHistory history() {
		return new ConnectionHistory(this.requests, this.idleSince - this.idleBefore);
	}

}
