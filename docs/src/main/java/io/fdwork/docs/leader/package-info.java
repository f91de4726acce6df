/**
 * What one worker of several does.
 */
@NullMarked
package io.fdwork.docs.leader;

import org.jspecify.annotations.NullMarked;
