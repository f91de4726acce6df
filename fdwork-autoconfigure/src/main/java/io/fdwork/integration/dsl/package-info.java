/**
 * Java DSL factory for the adapters of fdwork.
 */
@NullMarked
package io.fdwork.integration.dsl;

import org.jspecify.annotations.NullMarked;
