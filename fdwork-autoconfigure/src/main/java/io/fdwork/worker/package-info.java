/**
 * The worker role: control client, get loops, concurrency permits.
 */
@NullMarked
package io.fdwork.worker;

import org.jspecify.annotations.NullMarked;
