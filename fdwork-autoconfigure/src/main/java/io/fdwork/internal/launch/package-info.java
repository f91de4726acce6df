/**
 * How every JVM of a fleet is started, a worker's and that of a training run, and why one
 * that cannot be started cannot.
 */
@NullMarked
package io.fdwork.internal.launch;

import org.jspecify.annotations.NullMarked;
