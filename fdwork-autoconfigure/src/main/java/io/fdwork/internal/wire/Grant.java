package io.fdwork.internal.wire;

/**
 * A queue that a worker may get from.
 *
 * @param name the name of the queue
 * @param instance what tells it from one of the same name of another daemon
 */
public record Grant(String name, long instance) {
}
