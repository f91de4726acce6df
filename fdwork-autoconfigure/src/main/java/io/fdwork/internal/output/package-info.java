/**
 * Where a daemon and its workers write, so that nobody is in anybody's way: a standard
 * output that makes nobody wait, and a log file for each worker.
 */
@NullMarked
package io.fdwork.internal.output;

import org.jspecify.annotations.NullMarked;
