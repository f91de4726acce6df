/**
 * An ordinary application, which would be the same without fdwork.
 */
@NullMarked
package io.fdwork.sample.clinic;

import org.jspecify.annotations.NullMarked;
