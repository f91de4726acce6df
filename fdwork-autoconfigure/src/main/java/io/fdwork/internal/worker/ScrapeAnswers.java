package io.fdwork.internal.worker;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers a daemon that wants the meters of the application: has them written on a thread
 * of its own, which may take long, and sends one piece at a time, so that a daemon that
 * does not read finds no more in its connection than that.
 */
final class ScrapeAnswers {

	/**
	 * How many bytes a piece has at most: as Base64 with the rest of its message they are
	 * below {@link ControlConnection#MAX_LENGTH}.
	 */
	static final int PIECE_LENGTH = 45_000;

	private static final Logger logger = LoggerFactory.getLogger(ScrapeAnswers.class);

	private static final byte[] NOTHING = {};

	private static final int FAILED = -1;

	private final ApplicationProbes.Exposition exposition;

	private final AtomicBoolean writing = new AtomicBoolean();

	// What is sent by more than one piece
	private volatile @Nullable Written written;

	ScrapeAnswers(ApplicationProbes.Exposition exposition) {
		this.exposition = exposition;
	}

	/**
	 * Answer, now or later.
	 */
	void answer(ControlMessage.Scrape scrape, ControlConnection connection) throws IOException {
		Written written = this.written;
		this.written = null;
		if (scrape.offset() > 0) {
			connection.write((written != null && written.id() == scrape.id()) ? piece(written, scrape.offset())
					: failed(scrape));
		}
		else if (!this.writing.compareAndSet(false, true)) {
			connection.write(failed(scrape));
		}
		else {
			start(scrape, connection);
		}
	}

	private void start(ControlMessage.Scrape scrape, ControlConnection connection) throws IOException {
		Thread thread = new Thread(() -> write(scrape, connection), "fdwork-scrape");
		thread.setDaemon(true);
		try {
			thread.start();
		}
		catch (RuntimeException | Error ex) {
			logger.debug("No thread is left to write the meters", ex);
			this.writing.set(false);
			connection.write(failed(scrape));
		}
	}

	private void write(ControlMessage.Scrape scrape, ControlConnection connection) {
		ControlMessage.Exposition first = failed(scrape);
		try {
			LimitedOutput output = new LimitedOutput(scrape.limit());
			this.exposition.writeTo(output, scrape.format(), Set.copyOf(scrape.names()));
			first = (output.isWhole()) ? piece(new Written(scrape.id(), output.toByteArray()), 0)
					: new ControlMessage.Exposition(scrape.id(), output.length(), NOTHING);
		}
		catch (IOException | RuntimeException | Error ex) {
			logger.warn("The meters of the application could not be written for the daemon", ex);
		}
		finally {
			this.writing.set(false);
		}
		PatientWriter.send(connection, first, List.of());
	}

	private ControlMessage.Exposition piece(Written written, int offset) {
		byte[] text = written.text();
		int end = Math.min(text.length, offset + PIECE_LENGTH);
		if (end < text.length) {
			this.written = written;
		}
		return new ControlMessage.Exposition(written.id(), text.length, Arrays.copyOfRange(text, offset, end));
	}

	private static ControlMessage.Exposition failed(ControlMessage.Scrape scrape) {
		return new ControlMessage.Exposition(scrape.id(), FAILED, NOTHING);
	}

	/**
	 * What was written for a scrape.
	 */
	private record Written(long id, byte[] text) {
	}

}
