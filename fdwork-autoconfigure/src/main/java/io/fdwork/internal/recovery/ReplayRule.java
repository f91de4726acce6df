package io.fdwork.internal.recovery;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides which requests another worker gets when theirs has died before it wrote
 * anything. It reads what that worker had read, as strictly as it can: what could be
 * understood in two ways is not replayed.
 *
 * @param methods the methods of requests that may be executed twice
 * @param maxLength how many bytes of a connection that was not answered are kept
 */
public record ReplayRule(Set<String> methods, int maxLength) {

	/**
	 * Replays nothing.
	 */
	public static final ReplayRule NONE = new ReplayRule(Set.of(), 0);

	private static final int MAX_SHOWN = 200;

	private static final String LINE_END = "\r\n";

	private static final String HEAD_END = "\r\n\r\n";

	/**
	 * What no line has that every parser reads in the same way.
	 */
	private static final Pattern STRANGE = Pattern.compile("[\\x00-\\x08\\x0a-\\x1f\\x7f]");

	private static final Pattern REQUEST_LINE = Pattern.compile("[A-Z]+ [\\x21-\\x7e]+ HTTP/1\\.[01]");

	private static final Pattern HEADER = Pattern.compile("[!#$%&'*+\\-.^_`|~0-9A-Za-z]+:.*");

	/**
	 * What comes with a body, or changes what is spoken on the connection.
	 */
	private static final Set<String> EXCLUDED = Set.of("transfer-encoding", "upgrade", "expect", "http2-settings");

	/**
	 * Return whether requests may be replayed.
	 * @param read what was read of a connection since all before was answered
	 * @return {@code true} if these are whole requests with such methods and without
	 * bodies, but for the last one, of which a part may be missing
	 */
	boolean permits(byte[] read) {
		String text = new String(read, StandardCharsets.ISO_8859_1);
		int from = 0;
		while (from < text.length()) {
			int end = text.indexOf(HEAD_END, from);
			if (!isHead((end >= 0) ? text.substring(from, end) : text.substring(from), end >= 0)) {
				return false;
			}
			from = (end >= 0) ? end + HEAD_END.length() : text.length();
		}
		return from > 0;
	}

	private boolean isHead(String head, boolean whole) {
		String[] lines = head.split(LINE_END, -1);
		for (int i = 0; i < lines.length; i++) {
			boolean cut = !whole && i == lines.length - 1;
			// The rest of its line end may be missing
			String line = (cut && lines[i].endsWith("\r")) ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
			if (STRANGE.matcher(line).find() || !((i == 0) ? isRequestLine(line, cut) : isHeader(line, cut))) {
				return false;
			}
		}
		return true;
	}

	private boolean isRequestLine(String line, boolean cut) {
		int space = line.indexOf(' ');
		if (space < 0) {
			return cut && this.methods.stream().anyMatch((method) -> method.startsWith(line));
		}
		return this.methods.contains(line.substring(0, space)) && (cut || REQUEST_LINE.matcher(line).matches());
	}

	private static boolean isHeader(String line, boolean cut) {
		if (cut && line.indexOf(':') < 0) {
			return true;
		}
		if (!HEADER.matcher(line).matches()) {
			return false;
		}
		int colon = line.indexOf(':');
		String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
		return !EXCLUDED.contains(name)
				&& (!name.equals("content-length") || (!cut && line.substring(colon + 1).trim().equals("0")));
	}

	/**
	 * Return the first line of requests as it can be logged.
	 * @param read what was read
	 * @return the line, cut if it is long
	 */
	static String firstLine(byte[] read) {
		StringBuilder line = new StringBuilder();
		for (byte one : read) {
			if (one == '\r' || one == '\n') {
				break;
			}
			if (line.length() >= MAX_SHOWN) {
				return line.append("...").toString();
			}
			line.append((one >= ' ' && one < 0x7f && one != '"' && one != '\\') ? String.valueOf((char) one)
					: "\\x%02x".formatted(one));
		}
		return line.toString();
	}

}
