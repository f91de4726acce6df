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

/**
 * The last lines of what a worker writes.
 */
final class OutputTail implements Supplier<List<String>> {

	private static final Logger logger = LoggerFactory.getLogger("io.fdwork.fleet.output");

	private static final int MAX_LINES = 20;

	private static final int MAX_LINE_LENGTH = 2000;

	private static final int MAX_TAIL_BYTES = 8192;

	/**
	 * How long the last output of a process that has ended may take to come.
	 */
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final Deque<String> lines = new ArrayDeque<>();

	private final CountDownLatch ended = new CountDownLatch(1);

	private OutputTail() {
	}

	/**
	 * Log what a process writes, on a thread of its own, and keep the last lines.
	 */
	static Supplier<List<String>> ofStream(Process process) {
		OutputTail tail = new OutputTail();
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
		try (Reader reader = new BufferedReader(new InputStreamReader(process.getInputStream(), Charset.defaultCharset()))) {
			StringBuilder line = new StringBuilder();
			for (int next = reader.read(); next >= 0; next = reader.read()) {
				if (next != '\n') {
					line.append((char) next);
				}
				if (next == '\n' || line.length() >= MAX_LINE_LENGTH) {
					add(process.pid(), line.toString());
					line.setLength(0);
				}
			}
			if (!line.isEmpty()) {
				add(process.pid(), line.toString());
			}
		}
		catch (IOException ex) {
			logger.debug("The output of {} has ended", process.pid(), ex);
		}
		finally {
			this.ended.countDown();
		}
	}

	private void add(long pid, String line) {
		logger.info("[{}] {}", pid, line);
		synchronized (this.lines) {
			this.lines.addLast(line);
			if (this.lines.size() > MAX_LINES) {
				this.lines.removeFirst();
			}
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
