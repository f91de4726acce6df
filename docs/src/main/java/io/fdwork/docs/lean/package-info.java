/**
 * Marking what a lean daemon creates of an application.
 */
@NullMarked
package io.fdwork.docs.lean;

import org.jspecify.annotations.NullMarked;
