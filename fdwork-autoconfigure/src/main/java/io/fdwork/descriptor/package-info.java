/**
 * Owned file descriptors and the ways in which they travel between processes.
 */
@NullMarked
package io.fdwork.descriptor;

import org.jspecify.annotations.NullMarked;
