/**
 * Serving with a Netty pipeline.
 */
@NullMarked
package io.fdwork.docs.netty;

import org.jspecify.annotations.NullMarked;
