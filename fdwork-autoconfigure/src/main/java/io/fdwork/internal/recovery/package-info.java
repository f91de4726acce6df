/**
 * The hand of the daemon on the connections in service: what it holds of them, and what
 * becomes of those whose worker has died.
 */
@NullMarked
package io.fdwork.internal.recovery;

import org.jspecify.annotations.NullMarked;
