package io.fdwork.internal.fleet;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.util.List;
import java.util.function.Supplier;

import io.fdwork.internal.output.StandardOutput;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What a worker writes: relays it to the log or the standard output of the daemon, on a
 * thread of its own, and knows the last lines.
 */
final class RelayedOutput implements OutputTail {

	private static final Logger logger = LoggerFactory.getLogger("io.fdwork.fleet.output");

	/**
	 * A record of structured logging has a whole stack trace in its line.
	 */
	private static final int MAX_LENGTH = 262_144;

	private static final int BLOCK = 8192;

	private static final Charset CHARSET = Charset.defaultCharset();

	private final LastLines lastLines = new LastLines();

	private final Process process;

	private final Untouched untouched;

	private volatile @Nullable ThreadDump dump;

	private volatile boolean complete;

	/**
	 * Of the last line that had one, for those that belong to it: a stack trace, for
	 * instance. Of the thread that follows.
	 */
	private Level level = Level.INFO;

	private RelayedOutput(Process process, Untouched untouched) {
		this.process = process;
		this.untouched = untouched;
	}

	/**
	 * Relay what a process writes. What is not written untouched is logged: a line of
	 * Spring Boot's default pattern at its own level and without its time stamp, a line
	 * of JSON as it is, and any other at the level of the one before it.
	 */
	static OutputTail of(Process process, Untouched untouched) {
		RelayedOutput output = new RelayedOutput(process, untouched);
		Thread thread = new Thread(output::follow, "fdwork-output-" + process.pid());
		thread.setDaemon(true);
		thread.start();
		return output;
	}

	private void follow() {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		byte[] block = new byte[BLOCK];
		try (InputStream input = this.process.getInputStream()) {
			for (int length = input.read(block); length >= 0; length = input.read(block)) {
				int from = 0;
				for (int i = 0; i < length; i++) {
					if (block[i] == '\n') {
						line.write(block, from, i + 1 - from);
						from = i + 1;
						relay(line);
					}
				}
				line.write(block, from, length - from);
				if (line.size() >= MAX_LENGTH) {
					relay(line);
				}
			}
			if (line.size() > 0) {
				relay(line);
			}
		}
		catch (IOException ex) {
			logger.debug("The output of {} has ended", this.process.pid(), ex);
		}
		finally {
			this.complete = true;
		}
	}

	private void relay(ByteArrayOutputStream line) {
		byte[] bytes = line.toByteArray();
		line.reset();
		int length = bytes.length;
		String text = new String(bytes, 0, (bytes[length - 1] == '\n') ? length - 1 : length, CHARSET);
		// First: whoever logs may have to wait
		this.lastLines.add(text);
		ThreadDump dump = this.dump;
		if (dump != null) {
			dump.add(text);
		}
		boolean json = text.startsWith("{\"") && text.endsWith("}");
		if (this.untouched == Untouched.ALL || (this.untouched == Untouched.JSON && json && logger.isInfoEnabled())) {
			StandardOutput.write(bytes);
		}
		else if (json) {
			logger.info("{}", text);
		}
		else {
			log(text);
		}
	}

	private void log(String line) {
		ConsoleLine parsed = ConsoleLine.parse(line);
		if (parsed != null) {
			this.level = parsed.level();
		}
		long pid = this.process.pid();
		String text = (parsed != null) ? parsed.text() : line;
		if (this.level.toInt() >= Level.INFO.toInt() || logger.isEnabledForLevel(this.level)) {
			logger.atLevel(this.level).log("worker-{} {}", pid, text);
		}
		else {
			// It was the worker's to decide whether it is written
			logger.info("worker-{} {} {}", pid, this.level, text);
		}
	}

	@Override
	public List<String> lines() {
		return this.lastLines.toList();
	}

	@Override
	public Supplier<ThreadDump> watchDump() {
		ThreadDump dump = new ThreadDump();
		this.dump = dump;
		return () -> dump;
	}

	@Override
	public boolean isComplete() {
		return this.complete;
	}

	/**
	 * Which lines are written to the standard output of the daemon, as they are.
	 */
	enum Untouched {

		/**
		 * None: all are logged.
		 */
		NONE,

		/**
		 * Those of JSON: what the daemon logs is JSON too, and one record must not be
		 * inside another.
		 */
		JSON,

		ALL

	}

}
