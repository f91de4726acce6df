/**
 * What the auto-configured channels are made of.
 */
@NullMarked
package io.fdwork.internal.integration;

import org.jspecify.annotations.NullMarked;
