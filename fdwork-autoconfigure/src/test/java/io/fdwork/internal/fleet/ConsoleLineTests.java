package io.fdwork.internal.fleet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ConsoleLine}.
 */
class ConsoleLineTests {

	@ParameterizedTest
	@CsvSource(quoteCharacter = '"', delimiter = '|',
			textBlock = """
					2026-01-31T12:00:00.123Z  INFO 4712 --- [           main] i.f.sample.SampleApplication             : Started : now|[main] i.f.sample.SampleApplication : Started : now
					2026-01-31T12:00:00.123+01:00  INFO 4712 --- [sample-app] [           main] i.f.s.A                                  : Started|[main] i.f.s.A : Started
					2026-01-31T12:00:00.123Z  INFO 4712 --- [sample-app] [group] [or-http-epoll-2] i.f.s.A : Started|[or-http-epoll-2] i.f.s.A : Started
					2026-01-31T12:00:00.123Z  INFO 4712 --- [a-name-of-15-ch] [or-http-epoll-2] i.f.s.A : Started|[or-http-epoll-2] i.f.s.A : Started
					2026-01-31T12:00:00.123Z  INFO 4712 --- [app] [           main] [803b448a0489f84084905d3093480352-3425f23bb2432450] i.f.s.A : Started|[main] [803b448a0489f84084905d3093480352-3425f23bb2432450] i.f.s.A : Started
					2026-01-31T12:00:00.123Z  INFO 4712 --- [app] [           main] [                                                 ] i.f.s.A : Started|[main] i.f.s.A : Started
					2026-01-31T12:00:00.123Z  INFO [user-7] 4712 --- [           main] i.f.s.A : Started|[user-7] [main] i.f.s.A : Started
					2026-01-31 12:00:00,123  INFO 4712 --- [           main] i.f.s.A : Started|[main] i.f.s.A : Started
					12:00:00.123  INFO --- [           main] i.f.s.A : Started|[main] i.f.s.A : Started
					2026-01-31T12:00:00.123Z  INFO 4712 --- [           main] i.f.s.A : |"[main] i.f.s.A : "
					""",
			ignoreLeadingAndTrailingWhitespace = false)
	void shouldDropTimePidApplicationAndPadding(String line, String text) {
		assertThat(ConsoleLine.parse(line)).isEqualTo(new ConsoleLine(Level.INFO, text));
	}

	@ParameterizedTest
	@CsvSource({ "TRACE, TRACE", "DEBUG, DEBUG", "' INFO', INFO", "' WARN', WARN", "ERROR, ERROR", "FATAL, ERROR" })
	void shouldTellLevel(String written, Level level) {
		assertThat(
				ConsoleLine.parse("2026-01-31T12:00:00.123Z " + written + " 4712 --- [           main] i.f.s.A : said"))
			.isEqualTo(new ConsoleLine(level, "[main] i.f.s.A : said"));
	}

	@Test
	void shouldReadThroughColors() {
		assertThat(ConsoleLine.parse("\u001B[2m2026-01-31T12:00:00.123Z\u001B[0;39m \u001B[33m WARN\u001B[0;39m "
				+ "\u001B[35m4712\u001B[0;39m \u001B[2m--- [sample-app] [           main] \u001B[0;39m"
				+ "\u001B[36mi.f.s.A                                 \u001B[0;39m \u001B[2m:\u001B[0;39m said"))
			.isEqualTo(new ConsoleLine(Level.WARN, "[main] i.f.s.A : said"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "printed", "\tat i.f.s.A.main(A.java:7)",
			"Caused by: java.io.IOException: ERROR --- a : b", "2026-01-31T12:00:00.123Z  INFO 4712 - i.f.s.A : said",
			"2026-01-31T12:00:00.123Z  INFO 4712 --- [           main]",
			"2026-01-31T12:00:00.123Z  INFORMATION 4712 --- [           main] i.f.s.A : said",
			"2026-01-31T12:00:00.123Z", "7 WARN 4712 --- [           main] i.f.s.A : said" })
	void shouldLeaveOtherLines(String line) {
		assertThat(ConsoleLine.parse(line)).isNull();
	}

	@Test
	void shouldNotSearchLongLineForDashes() {
		String begin = "2026-01-31T12:00:00.123Z  INFO ";
		String end = "--- [           main] i.f.s.A : said";
		assertThat(ConsoleLine.parse(begin + "x".repeat(199) + " " + end)).isNotNull();
		assertThat(ConsoleLine.parse(begin + "x".repeat(200) + " " + end)).isNull();
	}

}
