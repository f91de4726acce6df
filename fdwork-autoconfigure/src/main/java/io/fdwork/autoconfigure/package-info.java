/**
 * Auto-configuration, properties and failure analysis of fdwork.
 */
@NullMarked
package io.fdwork.autoconfigure;

import org.jspecify.annotations.NullMarked;
