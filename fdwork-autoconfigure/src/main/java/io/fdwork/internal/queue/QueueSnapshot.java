package io.fdwork.internal.queue;

/**
 * The figures of a queue at one moment.
 *
 * @param name the name of the queue
 * @param depth how many requests it holds
 * @param capacity how many requests of standard size it takes, as measured at start
 * @param put how many were put
 * @param got how many were got
 * @param waits how often a put, or who wanted to put next, found it full and waited
 * @param full whether somebody waits for room now
 */
public record QueueSnapshot(String name, long depth, int capacity, long put, long got, long waits, boolean full) {
}
