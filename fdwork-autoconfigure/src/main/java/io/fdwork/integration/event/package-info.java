/**
 * Application events of the daemon and the worker.
 *
 * @serial exclude
 */
@NullMarked
package io.fdwork.integration.event;

import org.jspecify.annotations.NullMarked;
