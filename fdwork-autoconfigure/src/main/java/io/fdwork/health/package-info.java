/**
 * Health and readiness from the snapshots of daemon and worker.
 */
@NullMarked
package io.fdwork.health;

import org.jspecify.annotations.NullMarked;
