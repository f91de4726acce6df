/**
 * What goes on in spite of a failure: it says each cause once, and rests before it tries
 * again.
 */
@NullMarked
package io.fdwork.internal.failure;

import org.jspecify.annotations.NullMarked;
