package io.fdwork.internal.worker;

/**
 * How many connections the daemon of one control connection still has room for. Safe for
 * all threads.
 */
final class ReturnRoom {

	private final boolean bounded;

	private long promised;

	private long claimed;

	/**
	 * Create a room.
	 * @param bounded whether the daemon says how much there is, and so far none; one of
	 * an earlier version does not
	 */
	ReturnRoom(boolean bounded) {
		this.bounded = bounded;
	}

	/**
	 * There is room for more.
	 * @param returns how many connections may go in all, those that went included
	 */
	synchronized void promise(long returns) {
		this.promised = Math.max(this.promised, returns);
	}

	/**
	 * Return whether there is room for more connections than a number.
	 */
	synchronized boolean hasMoreThan(int connections) {
		return !this.bounded || this.promised - this.claimed > connections;
	}

	/**
	 * Claim room.
	 * @param connections how many want to go
	 * @return how many may
	 */
	synchronized int claim(int connections) {
		int claimed = (this.bounded) ? (int) Math.min(connections, this.promised - this.claimed) : connections;
		this.claimed += claimed;
		return claimed;
	}

	/**
	 * Connections have not gone for which room was claimed.
	 */
	synchronized void release(int connections) {
		this.claimed -= connections;
	}

}
