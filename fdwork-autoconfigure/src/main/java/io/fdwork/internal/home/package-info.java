/**
 * The way on which idle connections go back to the daemon, and when they take it.
 */
@NullMarked
package io.fdwork.internal.home;

import org.jspecify.annotations.NullMarked;
