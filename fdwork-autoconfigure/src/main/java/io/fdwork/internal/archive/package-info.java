/**
 * Archives of loaded classes with which the JVMs of workers, and of the next daemon,
 * start faster.
 */
@NullMarked
package io.fdwork.internal.archive;

import org.jspecify.annotations.NullMarked;
