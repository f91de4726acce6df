package io.fdwork.internal.daemon;

import java.time.Duration;
import java.util.List;

/**
 * What is wanted of the workers in a scrape.
 *
 * @param format what their meters are to be written in, as a content type
 * @param names of which families; of all if empty
 * @param timeout how long to wait for all of them
 * @param maxBytes how many bytes all of them together may have
 */
public record ScrapeRequest(String format, List<String> names, Duration timeout, long maxBytes) {
}
