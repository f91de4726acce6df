/**
 * The options of a daemon, and who may change them.
 */
@NullMarked
package io.fdwork.daemon;

import org.jspecify.annotations.NullMarked;
