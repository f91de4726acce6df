package io.fdwork.internal.fleet;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * A line that Spring Boot's default pattern for the console has begun: when, level, pid,
 * application, thread, correlation, logger and message.
 *
 * @param level its level
 * @param text thread, correlation if there is one, logger and message, without padding
 */
record ConsoleLine(Level level, String text) {

	// Possessive, so that no line is looked at twice
	private static final Pattern BEGIN = Pattern
		.compile("\\d[-\\d:.,+/TZ]{4,35}+(?: \\d[-\\d:.,+/TZ]{4,35}+)? {1,4}(TRACE|DEBUG|INFO|WARN|ERROR|FATAL) ");

	private static final String DASHES = "--- ";

	private static final String COLON = " : ";

	/**
	 * How much a user's {@code logging.pattern.level} may have put before the dashes.
	 */
	private static final int MAX_BEFORE_DASHES = 200;

	/**
	 * How wide the name of the thread is, which tells it from what is around it.
	 */
	private static final int THREAD_WIDTH = 15;

	private static final char ESCAPE = '\u001B';

	private static final Pattern COLOR = Pattern.compile(ESCAPE + "\\[[\\d;]*+m");

	/**
	 * Read a line.
	 * @return what it says, or {@code null} if it is another one
	 */
	static @Nullable ConsoleLine parse(String written) {
		String line = (written.indexOf(ESCAPE) >= 0) ? COLOR.matcher(written).replaceAll("") : written;
		Matcher begin = BEGIN.matcher(line);
		if (!begin.lookingAt()) {
			return null;
		}
		int dashes = line.indexOf(DASHES, begin.end());
		if (dashes < 0 || dashes - begin.end() > MAX_BEFORE_DASHES) {
			return null;
		}
		List<String> parts = new ArrayList<>();
		int logger = addBrackets(line, dashes + DASHES.length(), parts);
		int colon = line.indexOf(COLON, logger);
		if (colon < 0) {
			return null;
		}
		String before = withoutPid(line.substring(begin.end(), dashes).strip());
		if (!before.isEmpty()) {
			parts.add(0, before);
		}
		parts.add(line.substring(logger, colon).strip());
		return new ConsoleLine(level(begin.group(1)),
				String.join(" ", parts) + COLON + line.substring(colon + COLON.length()));
	}

	/**
	 * Add the thread and what comes after it: the application before it is that of the
	 * daemon.
	 * @return where the logger begins
	 */
	private static int addBrackets(String line, int from, List<String> parts) {
		int next = from;
		while (next < line.length() && line.charAt(next) == '[') {
			int end = line.indexOf("] ", next);
			if (end < 0) {
				break;
			}
			String inside = line.substring(next + 1, end);
			if (inside.length() == THREAD_WIDTH) {
				parts.clear();
			}
			if (!inside.isBlank()) {
				parts.add('[' + inside.strip() + ']');
			}
			next = end + 2;
		}
		return next;
	}

	private static String withoutPid(String text) {
		int space = text.lastIndexOf(' ');
		boolean pid = text.chars().skip(space + 1).allMatch(Character::isDigit);
		return (pid) ? text.substring(0, Math.max(0, space)).strip() : text;
	}

	private static Level level(String name) {
		// Log4j2's
		return (name.equals("FATAL")) ? Level.ERROR : Level.valueOf(name);
	}

}
