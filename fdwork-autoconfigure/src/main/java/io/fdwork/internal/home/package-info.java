/**
 * The way on which idle connections go back to the daemon.
 */
@NullMarked
package io.fdwork.internal.home;

import org.jspecify.annotations.NullMarked;
