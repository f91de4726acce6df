/**
 * The worker role: control client, get loops, concurrency permits.
 */
@NullMarked
package io.fdwork.internal.worker;

import org.jspecify.annotations.NullMarked;
