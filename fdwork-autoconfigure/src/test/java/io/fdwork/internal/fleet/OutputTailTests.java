package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OutputTail}, with a process that writes what a worker would.
 */
class OutputTailTests {

	private static final Logger logger = (Logger) LoggerFactory.getLogger("io.fdwork.fleet.output");

	private final ListAppender<ILoggingEvent> relayed = new ListAppender<>();

	@TempDir
	Path directory;

	@BeforeEach
	void listen() {
		logger.setLevel(Level.INFO);
		this.relayed.start();
		logger.addAppender(this.relayed);
		logger.setAdditive(false);
	}

	@AfterEach
	void restore() {
		logger.detachAppender(this.relayed);
		logger.setLevel(null);
		logger.setAdditive(true);
	}

	@Test
	void shouldRelayAtLevelOfWorkerWithoutItsTime() throws Exception {
		long pid = write(line(" INFO", "first"), line(" WARN", "second"), line("ERROR", "third"));
		assertThat(relayed()).containsExactly("INFO worker-" + pid + " [main] i.f.s.A : first",
				"WARN worker-" + pid + " [main] i.f.s.A : second", "ERROR worker-" + pid + " [main] i.f.s.A : third");
	}

	@Test
	void shouldRelayOtherLinesAtLevelOfTheOneBefore() throws Exception {
		long pid = write("printed {} %s", line("ERROR", "failed"), "java.io.IOException: gone",
				"\tat i.f.s.A.main(A.java:7)", "", line(" INFO", "on"), "printed");
		assertThat(relayed()).containsExactly("INFO worker-" + pid + " printed {} %s",
				"ERROR worker-" + pid + " [main] i.f.s.A : failed",
				"ERROR worker-" + pid + " java.io.IOException: gone",
				"ERROR worker-" + pid + " \tat i.f.s.A.main(A.java:7)", "ERROR worker-" + pid + " ",
				"INFO worker-" + pid + " [main] i.f.s.A : on", "INFO worker-" + pid + " printed");
	}

	@Test
	void shouldNotLoseWhatWorkerWroteWhenDaemonDoesNotLogItsLevel() throws Exception {
		long pid = write(line("DEBUG", "detail"), "printed");
		assertThat(relayed()).containsExactly("INFO worker-" + pid + " DEBUG [main] i.f.s.A : detail",
				"INFO worker-" + pid + " DEBUG printed");
	}

	@Test
	void shouldRelayDetailAtItsLevelWhenDaemonLogsThat() throws Exception {
		logger.setLevel(Level.DEBUG);
		long pid = write(line("DEBUG", "detail"));
		assertThat(relayed()).containsExactly("DEBUG worker-" + pid + " [main] i.f.s.A : detail");
	}

	@Test
	void shouldLeaveJsonAsItIs() throws Exception {
		String json = "{\"@timestamp\":\"2026-01-31T12:00:00.123Z\",\"log\":{\"level\":\"WARN\"},\"message\":\"%d {} "
				+ "x".repeat(30_000) + "\"}";
		List<String> last = lastLines(json);
		assertThat(relayed()).containsExactly("INFO " + json);
		assertThat(last).singleElement().asString().hasSize(2000);
	}

	@Test
	void shouldRelayLineWithoutEndInPieces() throws Exception {
		long pid = write("x".repeat(40_000));
		assertThat(relayed()).containsExactly("INFO worker-" + pid + " " + "x".repeat(32_768),
				"INFO worker-" + pid + " " + "x".repeat(7_232));
	}

	@Test
	void shouldKnowLastLinesAsTheyWereWritten() throws Exception {
		String[] lines = new String[30];
		for (int i = 0; i < lines.length; i++) {
			lines[i] = line(" INFO", "line " + i);
		}
		assertThat(lastLines(lines)).hasSize(20).startsWith(lines[10]).endsWith(lines[29]);
	}

	private static String line(String level, String message) {
		return "2026-01-31T12:00:00.123Z " + level + " 4712 --- [sample-app] [           main] "
				+ "i.f.s.A                                  : " + message;
	}

	private long write(String... lines) throws Exception {
		Process process = start(lines);
		OutputTail.ofStream(process).get();
		return process.pid();
	}

	private List<String> lastLines(String... lines) throws Exception {
		return OutputTail.ofStream(start(lines)).get();
	}

	private Process start(String... lines) throws IOException {
		Path output = Files.write(this.directory.resolve("output"), List.of(lines));
		return new ProcessBuilder("cat", output.toString()).start();
	}

	private List<String> relayed() {
		return this.relayed.list.stream().map((event) -> event.getLevel() + " " + event.getFormattedMessage()).toList();
	}

}
