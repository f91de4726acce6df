/**
 * What a request costs on its way, and what the same way costs without fdwork.
 */
@NullMarked
package io.fdwork.benchmark;

import org.jspecify.annotations.NullMarked;
