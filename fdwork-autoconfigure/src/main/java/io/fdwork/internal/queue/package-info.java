/**
 * The queue of work requests that the kernel holds: creating it, putting and getting.
 */
@NullMarked
package io.fdwork.internal.queue;

import org.jspecify.annotations.NullMarked;
