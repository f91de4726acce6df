/**
 * Serving with a {@code WorkHandler}.
 */
@NullMarked
package io.fdwork.docs.handler;

import org.jspecify.annotations.NullMarked;
