/**
 * An ordinary application, of which no class knows that it has several JVMs.
 */
@NullMarked
package io.fdwork.sample.clinic;

import org.jspecify.annotations.NullMarked;
