/**
 * The message handler that puts requests on their queue.
 */
@NullMarked
package io.fdwork.integration.outbound;

import org.jspecify.annotations.NullMarked;
