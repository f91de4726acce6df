/**
 * Reactor Netty in a process whose connections come from the daemon.
 */
@NullMarked
package io.fdwork.internal.serve.reactor;

import org.jspecify.annotations.NullMarked;
