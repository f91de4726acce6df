/**
 * An application whose own beans cannot be created, but for what it marks for the daemon.
 */
@NullMarked
package io.fdwork.autoconfigure.shop;

import org.jspecify.annotations.NullMarked;
