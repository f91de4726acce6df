/**
 * Who a process is, and how long the machine runs: what no clock that is set changes.
 */
@NullMarked
package io.fdwork.internal.process;

import org.jspecify.annotations.NullMarked;
