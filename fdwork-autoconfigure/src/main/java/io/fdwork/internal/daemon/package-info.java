/**
 * The daemon role: listeners, control server, worker registry.
 */
@NullMarked
package io.fdwork.internal.daemon;

import org.jspecify.annotations.NullMarked;
