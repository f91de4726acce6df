/**
 * The actuator endpoint over the snapshots of daemon and worker.
 */
@NullMarked
package io.fdwork.internal.actuate;

import org.jspecify.annotations.NullMarked;
