/**
 * Counters that many threads add to.
 */
@NullMarked
package io.fdwork.internal.count;

import org.jspecify.annotations.NullMarked;
