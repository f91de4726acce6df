package io.fdwork.internal.wire;

/**
 * Where in a table of connections in service a connection is.
 *
 * @param table what tells that table from the one of another daemon
 * @param index its entry there
 * @param nonce what tells this put from all others under the same entry
 */
public record Place(long table, int index, long nonce) {
}
