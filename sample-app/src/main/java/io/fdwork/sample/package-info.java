/**
 * A web application whose one jar is the daemon and the workers.
 */
@NullMarked
package io.fdwork.sample;

import org.jspecify.annotations.NullMarked;
