package io.fdwork.internal.output;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BoundedOutput}, whose target takes nothing until the test wants.
 */
@Timeout(60)
class BoundedOutputTests {

	private static final int CAPACITY = 100;

	private static final Logger logger = (Logger) LoggerFactory.getLogger(BoundedOutput.class);

	private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

	private final Pipe pipe = new Pipe();

	private final BoundedOutput output = new BoundedOutput("output", this.pipe, CAPACITY);

	private final PrintStream stream = new PrintStream(this.output, false, StandardCharsets.UTF_8);

	@BeforeEach
	void start() {
		this.logged.start();
		logger.addAppender(this.logged);
		this.output.start();
	}

	@AfterEach
	void end() {
		logger.detachAppender(this.logged);
		this.pipe.opened.countDown();
	}

	@Test
	void shouldWriteInOrderWhenSomebodyReads() {
		this.pipe.opened.countDown();
		StringBuilder expected = new StringBuilder();
		for (int i = 0; i < 10; i++) {
			this.stream.println("line " + i);
			expected.append("line ").append(i).append('\n');
		}
		awaitWritten(expected.toString());
		assertThat(this.output.dropped()).isZero();
	}

	@Test
	void shouldMakeNobodyWaitAndDropWholeLinesWhenNobodyReads() {
		block();
		for (int i = 0; i < 1000; i++) {
			this.stream.write(bytes("line %03d\n".formatted(i)), 0, 9);
		}
		assertThat(this.output.dropped()).isEqualTo(990);
		this.pipe.opened.countDown();
		awaitWritten("first\nline 000\nline 001\nline 002\nline 003\nline 004\nline 005\nline 006\nline 007\n"
				+ "line 008\nline 009\n");
	}

	@Test
	void shouldSayHowManyLinesWereDroppedWhenItFlowsAgain() {
		block();
		this.stream.write(bytes("x".repeat(80) + '\n'), 0, 81);
		for (int i = 0; i < 7; i++) {
			this.stream.write(bytes("y".repeat(80) + '\n'), 0, 81);
		}
		assertThat(this.output.dropped()).isEqualTo(7);
		assertThat(this.logged.list).isEmpty();
		this.pipe.opened.countDown();
		Awaitility.await().until(() -> !this.logged.list.isEmpty());
		assertThat(this.logged.list).singleElement()
			.asString()
			.contains("WARN", "7 lines", "standard output", "fdwork.daemon.console-buffer");
		this.stream.println("later");
		awaitWritten("first\n" + "x".repeat(80) + "\nlater\n");
	}

	@Test
	void shouldEndLineWhoseRestDoesNotFit() {
		block();
		this.stream.print("a".repeat(60));
		this.stream.print("b".repeat(60));
		this.stream.println("c");
		this.stream.println("next");
		this.pipe.opened.countDown();
		awaitWritten("first\n" + "a".repeat(60) + "\nnext\n");
		assertThat(this.output.dropped()).isEqualTo(1);
	}

	@Test
	void shouldWriteLineThatIsLongerThanTheBufferWhenItIsEmpty() {
		this.pipe.opened.countDown();
		String line = "x".repeat(50_000) + '\n';
		this.stream.write(bytes(line), 0, line.length());
		awaitWritten(line);
	}

	@Test
	void shouldHaveWrittenEverythingWhenJvmEnds() {
		this.pipe.opened.countDown();
		this.stream.println("before");
		this.output.exit();
		assertThat(this.pipe.text()).isEqualTo("before\n");
		this.stream.write(bytes("the last\n"), 0, 9);
		assertThat(this.pipe.text()).as("without a wait").isEqualTo("before\nthe last\n");
	}

	@Test
	void shouldNotHoldUpTheEndOfTheJvmWhenNobodyReads() {
		block();
		this.stream.println("second");
		long start = System.nanoTime();
		this.output.exit();
		for (int i = 0; i < 1000; i++) {
			this.stream.println("one of many");
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(900),
				Duration.ofSeconds(20));
	}

	/**
	 * Wait until the writer hangs.
	 */
	private void block() {
		this.stream.println("first");
		Awaitility.await().until(() -> this.pipe.entered.getCount() == 0);
	}

	private void awaitWritten(String expected) {
		Awaitility.await().until(() -> this.pipe.text().length() >= expected.length());
		assertThat(this.pipe.text()).isEqualTo(expected);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.UTF_8);
	}

	/**
	 * Takes nothing until it is opened.
	 */
	private static final class Pipe extends OutputStream {

		private final CountDownLatch entered = new CountDownLatch(1);

		private final CountDownLatch opened = new CountDownLatch(1);

		private final ByteArrayOutputStream written = new ByteArrayOutputStream();

		@Override
		public void write(int value) throws IOException {
			write(new byte[] { (byte) value }, 0, 1);
		}

		@Override
		public void write(byte[] bytes, int offset, int length) throws IOException {
			this.entered.countDown();
			try {
				this.opened.await();
			}
			catch (InterruptedException ex) {
				throw new IOException(ex);
			}
			synchronized (this.written) {
				this.written.write(bytes, offset, length);
			}
		}

		String text() {
			synchronized (this.written) {
				return this.written.toString(StandardCharsets.UTF_8);
			}
		}

	}

}
