/**
 * The sample on a blocking handler, for measurements.
 */
@NullMarked
package io.fdwork.sample.blocking;

import org.jspecify.annotations.NullMarked;
