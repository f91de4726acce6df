/**
 * How the connection of a work is served: by a blocking handler or by a Netty pipeline.
 */
@NullMarked
package io.fdwork.serve;

import org.jspecify.annotations.NullMarked;
