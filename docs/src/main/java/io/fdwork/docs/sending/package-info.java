/**
 * Putting requests of one's own.
 */
@NullMarked
package io.fdwork.docs.sending;

import org.jspecify.annotations.NullMarked;
