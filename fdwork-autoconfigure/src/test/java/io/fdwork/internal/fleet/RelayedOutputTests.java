package io.fdwork.internal.fleet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.fdwork.internal.fleet.RelayedOutput.Untouched;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link RelayedOutput}, with a process that writes what a worker would.
 */
class RelayedOutputTests {

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
	void shouldWriteJsonToTheConsoleAsItIsWhenDaemonLogsJson() throws Exception {
		String json = "{\"log\":{\"level\":\"WARN\"},\"message\":\"" + "x".repeat(3000) + "\"}";
		assertThat(console(() -> await(RelayedOutput.of(start(json, "printed"), Untouched.JSON))))
			.asString(StandardCharsets.UTF_8)
			.isEqualTo(json + '\n');
		assertThat(relayed()).singleElement().asString().startsWith("INFO worker-").endsWith(" printed");
	}

	@Test
	void shouldPassEverythingThroughUntouchedWhenTold() throws Exception {
		byte[] bytes = new byte[400_000];
		Arrays.fill(bytes, (byte) 0xff);
		bytes[0] = '\r';
		bytes[1] = 0;
		bytes[7] = '\n';
		Path output = Files.write(this.directory.resolve("output"), bytes);
		assertThat(console(
				() -> await(RelayedOutput.of(new ProcessBuilder("cat", output.toString()).start(), Untouched.ALL))))
			.isEqualTo(bytes);
		assertThat(relayed()).isEmpty();
	}

	@Test
	void shouldKnowWhatFailedWhenStackTraceIsLongerThanWhatIsKept() throws Exception {
		List<String> lines = new ArrayList<>(
				List.of("Exception in thread \"main\" java.lang.IllegalStateException: no"));
		for (int i = 0; i < 50; i++) {
			lines.add("\tat org.example.A.a" + i + "(A.java:1)");
		}
		lines.add("Caused by: java.io.IOException: the cause");
		for (int i = 0; i < 50; i++) {
			lines.add("\tat org.example.B.b" + i + "(B.java:1)");
		}
		lines.add("\t... 40 more");
		assertThat(lastLines(lines.toArray(String[]::new))).containsExactly(
				"Exception in thread \"main\" java.lang.IllegalStateException: no", "\tat org.example.A.a0(A.java:1)",
				"\tat org.example.A.a1(A.java:1)", "Caused by: java.io.IOException: the cause",
				"\tat org.example.B.b0(B.java:1)", "\tat org.example.B.b1(B.java:1)");
	}

	@Test
	void shouldNotWaitWhenAnotherProcessHoldsTheOutput() throws Exception {
		Process process = new ProcessBuilder("sh", "-c", "echo last; sleep 600 <&- & echo $!; read end").start();
		OutputTail output = RelayedOutput.of(process, Untouched.NONE);
		Awaitility.await().until(() -> output.lines().size() == 2);
		process.getOutputStream().close();
		assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		assertThat(output.isComplete()).isFalse();
		ProcessHandle.of(Long.parseLong(output.lines().get(1))).orElseThrow().destroyForcibly();
		await(output);
	}

	@Test
	void shouldRelayLineWithoutEndInPieces() throws Exception {
		long pid = write("x".repeat(300_000));
		assertThat(relayed()).hasSize(2)
			.allMatch((line) -> line.startsWith("INFO worker-" + pid + " xxx"))
			.satisfies((lines) -> assertThat(String.join("", lines).replaceAll("[^x]", "")).hasSize(300_000));
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
		await(RelayedOutput.of(process, Untouched.NONE));
		return process.pid();
	}

	private List<String> lastLines(String... lines) throws Exception {
		return await(RelayedOutput.of(start(lines), Untouched.NONE)).lines();
	}

	private static OutputTail await(OutputTail output) {
		Awaitility.await().until(output::isComplete);
		return output;
	}

	private static byte[] console(Callable<?> action) throws Exception {
		PrintStream before = System.out;
		ByteArrayOutputStream written = new ByteArrayOutputStream();
		System.setOut(new PrintStream(written));
		try {
			action.call();
		}
		finally {
			System.setOut(before);
		}
		return written.toByteArray();
	}

	private Process start(String... lines) throws IOException {
		Path output = Files.write(this.directory.resolve("output"), List.of(lines));
		return new ProcessBuilder("cat", output.toString()).start();
	}

	private List<String> relayed() {
		return this.relayed.list.stream().map((event) -> event.getLevel() + " " + event.getFormattedMessage()).toList();
	}

}
