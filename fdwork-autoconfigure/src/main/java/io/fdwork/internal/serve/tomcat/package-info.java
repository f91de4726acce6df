/**
 * Tomcat in a process whose connections come from the daemon.
 */
@NullMarked
package io.fdwork.internal.serve.tomcat;

import org.jspecify.annotations.NullMarked;
