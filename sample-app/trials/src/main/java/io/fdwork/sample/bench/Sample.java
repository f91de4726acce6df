package io.fdwork.sample.bench;

import java.util.Map;

/**
 * What a load has seen.
 *
 * @param requests how many were answered
 * @param figures what was measured
 */
record Sample(long requests, Map<Figure, Double> figures) {
}
