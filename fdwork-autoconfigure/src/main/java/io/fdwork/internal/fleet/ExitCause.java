package io.fdwork.internal.fleet;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.event.Level;

/**
 * Finds what a worker has died of, as one line for people: what it has noted itself, or
 * else what the last lines of its output say.
 */
final class ExitCause {

	private static final int MAX_LENGTH = 500;

	/**
	 * With which a JVM ends itself, when an agent does not start for instance.
	 */
	private static final int SIGABRT = 6;

	private static final String NATIVE_METHOD = "FATAL ERROR in native method: ";

	private static final String VM_REFUSES = "Error: Could not create the Java Virtual Machine.";

	/**
	 * What a JVM says before it says what is wrong.
	 */
	private static final Pattern PREAMBLE = Pattern
		.compile("(NOTE: )?Picked up .*|.* VM warning: .*|\\[\\d.*|\\s*|Listening for transport .*");

	private static final Pattern FRAME = Pattern.compile("\\s+at .+|\\s*\\.\\.\\. \\d+ .+|\\s+- locked .+");

	/**
	 * A line at which a stack trace begins, or its next cause.
	 */
	private static final Pattern THROWABLE = Pattern.compile(
			"(?:Caused by: |Exception in thread \"[^\"]*\" )(\\S.*)|((?:[\\w$]+\\.)+[\\w$]*(?:Exception|Error)(?::.*)?)");

	private static final Pattern LAST_WORDS = Pattern.compile("(?:Terminating|Aborting) due to (\\S.*)");

	private static final Pattern FATAL = Pattern
		.compile("# (A fatal error has been detected.*|There is insufficient memory.*)");

	private ExitCause() {
	}

	/**
	 * Find the cause.
	 * @param noted what the worker has noted itself, if it has
	 * @param code the exit code, if it exited
	 * @param signal the signal that ended it, if one did
	 * @param lastLines the last lines of its output
	 * @return the cause, or {@code null} if nothing says it
	 */
	static @Nullable String of(@Nullable String noted, @Nullable Integer code, @Nullable Integer signal,
			List<String> lastLines) {
		String cause = (noted != null) ? noted : ofMachine(lastLines);
		boolean failed = (signal == null) ? code != null && code != 0 : signal == SIGABRT;
		if (cause == null && failed) {
			cause = ofOutput(lastLines);
		}
		return (cause != null) ? oneLine(cause) : null;
	}

	/**
	 * Return what the JVM said before it ended the process, by a signal or not.
	 */
	private static @Nullable String ofMachine(List<String> lines) {
		for (int i = lines.size() - 1; i >= 0; i--) {
			Matcher lastWords = LAST_WORDS.matcher(lines.get(i));
			if (lastWords.matches()) {
				return lastWords.group(1);
			}
			Matcher fatal = FATAL.matcher(lines.get(i));
			if (fatal.matches()) {
				return fatal.group(1) + lines.subList(i + 1, lines.size())
					.stream()
					.filter((line) -> line.matches("#\\s+\\S.*"))
					.findFirst()
					.map((line) -> " " + line.substring(1).strip())
					.orElse("");
			}
		}
		return null;
	}

	private static @Nullable String ofOutput(List<String> lines) {
		String cause = ofLauncher(lines);
		if (cause == null) {
			cause = ofAnalysis(lines);
		}
		if (cause == null) {
			cause = ofStackTrace(lines);
		}
		if (cause == null) {
			// Frames of native code follow
			cause = lines.stream().filter((line) -> line.startsWith(NATIVE_METHOD)).findFirst().orElse(null);
		}
		return (cause != null) ? cause : ofLastLine(lines);
	}

	/**
	 * Return why the JVM has not begun with the application: there is no other output
	 * then.
	 */
	private static @Nullable String ofLauncher(List<String> lines) {
		List<String> said = lines.stream()
			.dropWhile((line) -> PREAMBLE.matcher(line).matches())
			.filter((line) -> !line.isBlank() && !FRAME.matcher(line).matches())
			.map(String::strip)
			.toList();
		int refusal = said.indexOf(VM_REFUSES);
		if (refusal > 0) {
			return String.join(" ", said.subList(0, refusal));
		}
		boolean launcher = !said.isEmpty() && said.get(0).matches("Error: .*|Error occurred during initialization .*");
		return (launcher) ? String.join(": ", said) : null;
	}

	/**
	 * Return the description of Spring Boot's analysis.
	 */
	private static @Nullable String ofAnalysis(List<String> lines) {
		int description = lines.lastIndexOf("Description:");
		if (description < 0) {
			return null;
		}
		String text = String.join(" ",
				lines.subList(description + 1, lines.size())
					.stream()
					.takeWhile((line) -> !line.equals("Action:"))
					.toList());
		return (text.isBlank()) ? null : text;
	}

	private static @Nullable String ofStackTrace(List<String> lines) {
		for (int i = lines.size() - 1; i >= 0; i--) {
			Matcher throwable = THROWABLE.matcher(lines.get(i));
			if (throwable.matches()) {
				return (throwable.group(1) != null) ? throwable.group(1) : throwable.group(2);
			}
		}
		return null;
	}

	/**
	 * Return the last line that may say what is wrong: an error of the log, or what is no
	 * line of the log.
	 */
	private static @Nullable String ofLastLine(List<String> lines) {
		for (int i = lines.size() - 1; i >= 0; i--) {
			String line = lines.get(i);
			ConsoleLine parsed = ConsoleLine.parse(line);
			if (parsed != null && parsed.level() == Level.ERROR) {
				return parsed.text();
			}
			boolean says = !line.isBlank() && !FRAME.matcher(line).matches() && !line.startsWith("{\"");
			if (parsed == null && says) {
				return line;
			}
		}
		return null;
	}

	private static String oneLine(String text) {
		String line = text.strip().replaceAll("\\s+", " ");
		return (line.length() > MAX_LENGTH) ? line.substring(0, MAX_LENGTH) + "..." : line;
	}

}
