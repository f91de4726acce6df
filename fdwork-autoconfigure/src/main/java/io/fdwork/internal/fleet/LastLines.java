package io.fdwork.internal.fleet;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Keeps the last lines of an output. Of the frames of a stack trace it keeps the first
 * ones only: there are more of them than lines that are kept, and what failed is in the
 * line before. Safe for threads.
 */
final class LastLines {

	private static final int MAX_LINES = 20;

	private static final int MAX_LENGTH = 2000;

	private static final int MAX_FRAMES = 2;

	private static final Pattern FRAME = Pattern.compile("\\s+(at \\S|\\.\\.\\. \\d+ (more|common))");

	private final Deque<String> lines = new ArrayDeque<>();

	private int frames;

	synchronized void add(String line) {
		this.frames = (FRAME.matcher(line).lookingAt()) ? this.frames + 1 : 0;
		if (this.frames > MAX_FRAMES) {
			return;
		}
		this.lines.addLast((line.length() > MAX_LENGTH) ? line.substring(0, MAX_LENGTH) : line);
		if (this.lines.size() > MAX_LINES) {
			this.lines.removeFirst();
		}
	}

	synchronized List<String> toList() {
		return List.copyOf(this.lines);
	}

}
