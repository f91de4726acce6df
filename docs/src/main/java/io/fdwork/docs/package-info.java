/**
 * The examples of the reference documentation, by page: included by tag, compiled by the
 * build, run by its tests.
 */
@NullMarked
package io.fdwork.docs;

import org.jspecify.annotations.NullMarked;
