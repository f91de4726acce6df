package io.fdwork.internal.worker;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Tells the requests that a worker sends its own web server from those of clients: while
 * it warms up, they carry a key that nobody else knows. Safe for all threads.
 */
public final class WarmUpKey {

	/**
	 * The header that carries the key.
	 */
	public static final String HEADER = "Fdwork-Warm-Up";

	private static final String PATH = "/fdwork-warm-up";

	private volatile @Nullable String key;

	private volatile String path = PATH;

	/**
	 * Set what the paths of the application begin with.
	 * @param contextPath the beginning, empty for nothing
	 */
	public void below(@Nullable String contextPath) {
		this.path = (contextPath != null) ? contextPath + PATH : PATH;
	}

	/**
	 * Return what the worker asks for.
	 */
	String path() {
		return this.path;
	}

	/**
	 * Make a new key.
	 * @return the key, from now until {@link #end()}
	 */
	String begin() {
		String key = UUID.randomUUID().toString();
		this.key = key;
		return key;
	}

	/**
	 * Let no request be one of the worker's own any more.
	 */
	void end() {
		this.key = null;
	}

	/**
	 * Return whether there are such requests now: cheap, to be asked for each request.
	 * @return whether a warm-up runs
	 */
	public boolean isUsed() {
		return this.key != null;
	}

	/**
	 * Return whether a request is one of the worker's own.
	 * @param header the value of its {@link #HEADER}, {@code null} if it has none
	 * @return whether that is the key
	 */
	public boolean isIn(@Nullable String header) {
		return header != null && header.equals(this.key);
	}

}
