package io.fdwork.internal.wire;

/**
 * The table of the connections in service, in which a worker marks those that it has.
 *
 * @param id what tells it from the table of another daemon
 * @param entries how many entries it has
 * @param worker the number by which the worker marks that it has one, which the daemon
 * gives to no other worker
 */
public record TableGrant(long id, int entries, int worker) {
}
