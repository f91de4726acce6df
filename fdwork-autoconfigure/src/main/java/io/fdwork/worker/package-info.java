/**
 * The options of a worker, who may change them, and what a daemon knows of a worker.
 */
@NullMarked
package io.fdwork.worker;

import org.jspecify.annotations.NullMarked;
