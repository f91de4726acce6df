/**
 * Micrometer meters over the snapshots of daemon and worker.
 */
@NullMarked
package io.fdwork.metrics;

import org.jspecify.annotations.NullMarked;
