/**
 * What answers the requests that a worker sends its own web server to warm it up.
 */
@NullMarked
package io.fdwork.internal.serve.warmup;

import org.jspecify.annotations.NullMarked;
