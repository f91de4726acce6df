/**
 * HTTP/1.1 for Netty pipelines whose idle connections go back to the daemon.
 */
@NullMarked
package io.fdwork.serve.http;

import org.jspecify.annotations.NullMarked;
