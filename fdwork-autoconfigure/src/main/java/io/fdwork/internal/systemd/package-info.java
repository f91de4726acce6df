/**
 * What systemd passes to a service, and what a service tells systemd.
 */
@NullMarked
package io.fdwork.internal.systemd;

import org.jspecify.annotations.NullMarked;
