package io.fdwork.sample.soak;

import java.util.Map;

/**
 * What a fleet uses and has done, at a moment in which it serves nothing.
 *
 * @param processes what its processes use, by what they are: {@code daemon} first, then
 * the workers in their order
 * @param put how many requests were put on its queue
 * @param got how many were got from there
 * @param depth how many are there
 */
record Snapshot(Map<String, Figures> processes, long put, long got, long depth) {
}
