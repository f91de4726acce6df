/**
 * Jetty in a process whose connections come from the daemon.
 */
@NullMarked
package io.fdwork.serve.jetty;

import org.jspecify.annotations.NullMarked;
