/**
 * Channels and flows of Spring Integration.
 */
@NullMarked
package io.fdwork.docs.integration;

import org.jspecify.annotations.NullMarked;
