/**
 * The frame on a queue and the messages on a control connection, each layout in one
 * class.
 */
@NullMarked
package io.fdwork.internal.wire;

import org.jspecify.annotations.NullMarked;
