/**
 * Message producers: accepted requests in the daemon, works in a worker.
 */
@NullMarked
package io.fdwork.integration.inbound;

import org.jspecify.annotations.NullMarked;
