/**
 * Web applications as workers.
 */
@NullMarked
package io.fdwork.docs.web;

import org.jspecify.annotations.NullMarked;
