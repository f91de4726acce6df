package io.fdwork.sample;

/**
 * What all ways of serving answer alike.
 */
public final class Answers {

	/**
	 * The answer of {@code /pid}, {@code /work} and {@code /sleep}.
	 */
	public static final String PID = ProcessHandle.current().pid() + "\n";

	/**
	 * The answer of {@code /}, but to browsers.
	 */
	public static final String GREETING = "Hello from worker " + PID;

	/**
	 * The answer of {@code /halt} when it does nothing.
	 */
	public static final String HALT_DISABLED = "Set sample.halt-enabled=true first\n";

	/**
	 * The longest time that {@code /work}, {@code /sleep} and {@code /echo} wait, in
	 * milliseconds.
	 */
	public static final long MAX_DELAY_MILLIS = 600_000;

	/**
	 * The highest number of bytes that {@code /bytes} answers with.
	 */
	public static final int MAX_BYTES = 100 * 1024 * 1024;

	private Answers() {
	}

	/**
	 * End this JVM as a crash does.
	 */
	public static void halt() {
		Runtime.getRuntime().halt(137);
	}

}
