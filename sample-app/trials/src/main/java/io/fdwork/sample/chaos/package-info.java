/**
 * Kills, stops, pauses and replaces the processes of a fleet under load, and says what
 * became of each connection.
 */
@NullMarked
package io.fdwork.sample.chaos;

import org.jspecify.annotations.NullMarked;
