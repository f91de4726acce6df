package io.fdwork.internal.fleet;

/**
 * The dump of the threads of a JVM, out of the lines that it writes, as far as it has
 * come. Safe for threads.
 */
final class ThreadDump {

	static final int MAX_LENGTH = 65_536;

	private static final String FIRST_LINE = "Full thread dump";

	private static final String LAST_LINE = "JNI global refs";

	private final StringBuilder text = new StringBuilder();

	private boolean complete;

	/**
	 * Add the next line of the output, which may not be part of a dump.
	 */
	synchronized void add(String line) {
		if (this.complete || (this.text.isEmpty() && !line.startsWith(FIRST_LINE))) {
			return;
		}
		String rest = line + "\n";
		this.text.append(rest, 0, Math.min(rest.length(), MAX_LENGTH - this.text.length()));
		this.complete = line.startsWith(LAST_LINE) || this.text.length() == MAX_LENGTH;
	}

	/**
	 * Return whether nothing more of it is kept.
	 */
	synchronized boolean isComplete() {
		return this.complete;
	}

	/**
	 * Return what has come, empty if nothing has.
	 */
	synchronized String text() {
		return this.text.toString();
	}

}
