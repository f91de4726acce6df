/**
 * Observations of the way of a request from the queue to who handles it.
 */
@NullMarked
package io.fdwork.internal.observe;

import org.jspecify.annotations.NullMarked;
