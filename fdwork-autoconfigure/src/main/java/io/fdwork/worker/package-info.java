/**
 * The options of a worker, who may change them, what a daemon knows of a worker, and
 * whether it is the leader.
 */
@NullMarked
package io.fdwork.worker;

import org.jspecify.annotations.NullMarked;
