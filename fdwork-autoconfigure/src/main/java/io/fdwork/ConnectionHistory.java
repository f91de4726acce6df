package io.fdwork;

/**
 * What has happened on a connection before its request was put. It goes with a connection
 * that goes home when it is idle, so that what a server promises of a connection holds
 * wherever the next request is answered.
 *
 * @param requests how many requests it has carried
 * @param idleSinceNanos since when its client has sent nothing, in nanoseconds of
 * CLOCK_MONOTONIC, which {@link System#nanoTime()} reads
 */
public record ConnectionHistory(int requests, long idleSinceNanos) {
}
