/**
 * Reactor Netty in a process whose connections come from the daemon.
 */
@NullMarked
package io.fdwork.serve.reactor;

import org.jspecify.annotations.NullMarked;
