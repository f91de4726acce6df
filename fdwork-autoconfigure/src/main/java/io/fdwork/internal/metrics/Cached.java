package io.fdwork.internal.metrics;

import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * A snapshot that is taken anew after a moment, so that the many meters of one scrape
 * read the same one.
 *
 * @param <T> the type of the snapshot
 */
final class Cached<T> implements Supplier<T> {

	private static final long MAX_AGE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	private final Supplier<T> source;

	private volatile @Nullable Entry<T> entry;

	Cached(Supplier<T> source) {
		this.source = source;
	}

	@Override
	public T get() {
		Entry<T> entry = this.entry;
		if (entry == null || System.nanoTime() - entry.takenNanos() > MAX_AGE_NANOS) {
			entry = new Entry<>(this.source.get(), System.nanoTime());
			this.entry = entry;
		}
		return entry.value();
	}

	/**
	 * Take the snapshot anew when it is wanted next.
	 */
	void clear() {
		this.entry = null;
	}

	private record Entry<T>(T value, long takenNanos) {
	}

}
