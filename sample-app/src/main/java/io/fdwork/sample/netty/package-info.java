/**
 * The sample on a pipeline of its own, for measurements and for tests that want to know
 * each connection: a worker without a web server, and beside it a server that accepts by
 * itself.
 */
@NullMarked
package io.fdwork.sample.netty;

import org.jspecify.annotations.NullMarked;
