/**
 * An HTTP service whose one jar is the daemon and the workers.
 */
@NullMarked
package io.fdwork.sample;

import org.jspecify.annotations.NullMarked;
