/**
 * The Spring Integration side of fdwork: headers and channel names.
 */
@NullMarked
package io.fdwork.integration;

import org.jspecify.annotations.NullMarked;
