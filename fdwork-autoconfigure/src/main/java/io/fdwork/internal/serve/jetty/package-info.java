/**
 * Jetty in a process whose connections come from the daemon.
 */
@NullMarked
package io.fdwork.internal.serve.jetty;

import org.jspecify.annotations.NullMarked;
