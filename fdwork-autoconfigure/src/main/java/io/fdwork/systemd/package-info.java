/**
 * What systemd passes to a service, and what a service tells systemd.
 */
@NullMarked
package io.fdwork.systemd;

import org.jspecify.annotations.NullMarked;
