/**
 * Lets a fleet serve very many connections, and says what that has left in its processes.
 */
@NullMarked
package io.fdwork.sample.soak;

import org.jspecify.annotations.NullMarked;
