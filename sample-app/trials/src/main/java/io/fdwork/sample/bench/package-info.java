/**
 * Compares fdwork with what would be used instead, in interleaved rounds with real
 * processes on the loopback address.
 */
@NullMarked
package io.fdwork.sample.bench;

import org.jspecify.annotations.NullMarked;
