package io.fdwork.autoconfigure;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

import org.springframework.util.unit.DataSize;

/**
 * Properties of a scrape of a daemon.
 */
public class ScrapeProperties {

	private static final int SHARE_OF_HEAP = 16;

	/**
	 * Whether a scrape of the daemon has the meters of the applications of its workers.
	 */
	private boolean enabled = true;

	/**
	 * How long the daemon waits for its workers in a scrape. What has not come by then is
	 * left out.
	 */
	private Duration timeout = Duration.ofSeconds(3);

	/**
	 * How much text all workers together may send in a scrape, each the same share. By
	 * default, a sixteenth of the heap of the daemon.
	 */
	private @Nullable DataSize maxSize;

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public Duration getTimeout() {
		return this.timeout;
	}

	public void setTimeout(Duration timeout) {
		this.timeout = timeout;
	}

	public @Nullable DataSize getMaxSize() {
		return this.maxSize;
	}

	public void setMaxSize(@Nullable DataSize maxSize) {
		this.maxSize = maxSize;
	}

	long maxBytes() {
		return (this.maxSize != null) ? this.maxSize.toBytes() : Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP;
	}

}
