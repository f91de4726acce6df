/**
 * The workers that the daemon starts itself: started, scaled, refreshed, retired, and
 * adopted by the next daemon.
 */
@NullMarked
package io.fdwork.internal.fleet;

import org.jspecify.annotations.NullMarked;
