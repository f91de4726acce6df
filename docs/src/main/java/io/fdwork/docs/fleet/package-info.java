/**
 * The fleet of a daemon.
 */
@NullMarked
package io.fdwork.docs.fleet;

import org.jspecify.annotations.NullMarked;
