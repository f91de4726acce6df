package io.fdwork.internal.fleet;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * What the workers of a generation run.
 *
 * @param number its number
 * @param requestedJar the jar that a refresh asked for, if one did
 * @param jar the file that is run, if it is a jar
 */
record Generation(int number, @Nullable Path requestedJar, @Nullable Path jar) {
}
