/**
 * Micrometer meters over the snapshots of daemon and worker.
 */
@NullMarked
package io.fdwork.internal.metrics;

import org.jspecify.annotations.NullMarked;
