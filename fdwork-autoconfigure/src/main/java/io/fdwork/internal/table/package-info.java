/**
 * The table of the connections in service, which a daemon shares with its workers: the
 * layout, what a worker marks in it, and what the daemon reads and writes.
 */
@NullMarked
package io.fdwork.internal.table;

import org.jspecify.annotations.NullMarked;
