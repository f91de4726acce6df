/**
 * How the connection of a work is served: by a blocking handler, by a Netty pipeline, or,
 * in the packages below, by the web server of the application.
 */
@NullMarked
package io.fdwork.internal.serve;

import org.jspecify.annotations.NullMarked;
