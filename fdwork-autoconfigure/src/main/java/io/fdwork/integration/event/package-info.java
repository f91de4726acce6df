/**
 * Application events of the daemon and the worker.
 */
@NullMarked
package io.fdwork.integration.event;

import org.jspecify.annotations.NullMarked;
