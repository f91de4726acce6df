package io.fdwork.internal.fleet;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.io.Reader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What a worker writes: relays it to the log of the daemon, and knows the last lines.
 */
final class OutputTail implements Supplier<List<String>> {

	private static final Logger logger = LoggerFactory.getLogger("io.fdwork.fleet.output");

	private static final int MAX_LINES = 20;

	private static final int MAX_LINE_LENGTH = 2000;

	/**
	 * A record of structured logging has a whole stack trace in its line.
	 */
	private static final int MAX_RELAYED_LENGTH = 32_768;

	private static final int MAX_TAIL_BYTES = 8192;

	/**
	 * How long the last output of a process that has ended may take to come.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final Deque<String> lines = new ArrayDeque<>();

	private final CountDownLatch ended = new CountDownLatch(1);

	private final long pid;

	/**
	 * Of the last line that had one, for those that belong to it: a stack trace, for
	 * instance. Of the thread that follows.
	 */
	private Level level = Level.INFO;

	private OutputTail(long pid) {
		this.pid = pid;
	}

	/**
	 * Log what a process writes, on a thread of its own, and keep the last lines. A line
	 * of Spring Boot's default pattern is logged at its own level and without its time
	 * stamp, a line of JSON as it is, and any other at the level of the one before it.
	 */
	static Supplier<List<String>> ofStream(Process process) {
		OutputTail tail = new OutputTail(process.pid());
		Thread thread = new Thread(() -> tail.follow(process), "fdwork-output-" + process.pid());
		thread.setDaemon(true);
		thread.start();
		return tail;
	}

	/**
	 * Read the last lines of a file when they are asked for.
	 */
	static Supplier<List<String>> ofFile(Path file) {
		return () -> read(file);
	}

	private void follow(Process process) {
		try (Reader reader = new BufferedReader(
				new InputStreamReader(process.getInputStream(), Charset.defaultCharset()))) {
			StringBuilder line = new StringBuilder();
			for (int next = reader.read(); next >= 0; next = reader.read()) {
				if (next != '\n') {
					line.append((char) next);
				}
				if (next == '\n' || line.length() >= MAX_RELAYED_LENGTH) {
					add(line.toString());
					line.setLength(0);
				}
			}
			if (!line.isEmpty()) {
				add(line.toString());
			}
		}
		catch (IOException ex) {
			logger.debug("The output of {} has ended", this.pid, ex);
		}
		finally {
			this.ended.countDown();
		}
	}

	private void add(String line) {
		relay(line);
		synchronized (this.lines) {
			this.lines.addLast((line.length() > MAX_LINE_LENGTH) ? line.substring(0, MAX_LINE_LENGTH) : line);
			if (this.lines.size() > MAX_LINES) {
				this.lines.removeFirst();
			}
		}
	}

	private void relay(String line) {
		if (line.startsWith("{\"") && line.endsWith("}")) {
			logger.info("{}", line);
			return;
		}
		ConsoleLine parsed = ConsoleLine.parse(line);
		if (parsed != null) {
			this.level = parsed.level();
		}
		String text = (parsed != null) ? parsed.text() : line;
		if (this.level.toInt() >= Level.INFO.toInt() || logger.isEnabledForLevel(this.level)) {
			logger.atLevel(this.level).log("worker-{} {}", this.pid, text);
		}
		else {
			// It was the worker's to decide whether it is written
			logger.info("worker-{} {} {}", this.pid, this.level, text);
		}
	}

	private static List<String> read(Path file) {
		try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "r")) {
			long length = content.length();
			byte[] tail = new byte[(int) Math.min(length, MAX_TAIL_BYTES)];
			content.seek(length - tail.length);
			content.readFully(tail);
			List<String> lines = new String(tail, Charset.defaultCharset()).lines().toList();
			return lines.subList(Math.max(0, lines.size() - MAX_LINES), lines.size());
		}
		catch (IOException ex) {
			logger.debug("Cannot read {}", file, ex);
			return List.of();
		}
	}

	/**
	 * Return the last lines. For a process that has ended: waits for what it wrote last.
	 */
	@Override
	public List<String> get() {
		try {
			if (!this.ended.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
				logger.debug("Somebody else holds the output open");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		synchronized (this.lines) {
			return List.copyOf(this.lines);
		}
	}

}
