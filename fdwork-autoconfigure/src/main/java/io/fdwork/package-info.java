/**
 * What users of fdwork touch: work requests, works, handlers, queues and their
 * exceptions.
 *
 * @serial exclude
 */
@NullMarked
package io.fdwork;

import org.jspecify.annotations.NullMarked;
