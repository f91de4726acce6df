package io.fdwork.sample.chaos;

/**
 * One connection, as its client saw it.
 *
 * @param number counts the connections of a run, from 1
 * @param port the port of the client, 0 if it has none
 * @param startNanos when the client began to connect, in nanoseconds of CLOCK_MONOTONIC
 * @param endNanos when its fate was known, in nanoseconds of CLOCK_MONOTONIC
 * @param answered how many requests were answered
 * @param fate what became of it
 */
record ClientConnection(long number, int port, long startNanos, long endNanos, int answered, Fate fate) {

	ClientConnection with(Fate fate) {
		return new ClientConnection(this.number, this.port, this.startNanos, this.endNanos, this.answered, fate);
	}

}
