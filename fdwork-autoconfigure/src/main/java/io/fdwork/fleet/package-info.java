/**
 * The state of the workers that a daemon starts itself, and the rule that scales them.
 */
@NullMarked
package io.fdwork.fleet;

import org.jspecify.annotations.NullMarked;
