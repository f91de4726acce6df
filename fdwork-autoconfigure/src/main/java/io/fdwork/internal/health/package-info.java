/**
 * Health and readiness from the snapshots of daemon and worker.
 */
@NullMarked
package io.fdwork.internal.health;

import org.jspecify.annotations.NullMarked;
