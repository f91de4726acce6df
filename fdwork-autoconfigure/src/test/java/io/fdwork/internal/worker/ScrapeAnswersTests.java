package io.fdwork.internal.worker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ScrapeAnswers}.
 */
@Timeout(60)
class ScrapeAnswersTests {

	private static final int LIMIT = 1_000_000;

	@TempDir
	Path directory;

	private UnixStreamListener listener;

	private ControlConnection worker;

	private ControlConnection daemon;

	@BeforeEach
	void connect() throws IOException {
		Path path = this.directory.resolve("s");
		this.listener = UnixStreamListener.bind(path, 1);
		this.worker = new ControlConnection(UnixStream.connect(path));
		this.daemon = new ControlConnection(this.listener.accept());
		this.daemon.setTimeout(Duration.ofSeconds(10));
	}

	@AfterEach
	void close() {
		this.worker.close();
		this.daemon.close();
		this.listener.close();
	}

	@Test
	void shouldSendWhatIsWrittenPieceByPieceWhenAsked() throws IOException {
		byte[] text = text(2 * ScrapeAnswers.PIECE_LENGTH + 10);
		ScrapeAnswers answers = new ScrapeAnswers((output, format, names) -> {
			assertThat(format).isEqualTo("text/plain");
			assertThat(names).isEqualTo(Set.of("a"));
			output.write(text, 0, 100);
			output.write(text[100]);
			output.write(text, 101, text.length - 101);
		});
		ByteArrayOutputStream received = new ByteArrayOutputStream();
		for (int i = 0; i < 3; i++) {
			answers.answer(scrape(7, LIMIT, received.size()), this.worker);
			ControlMessage.Exposition piece = exposition();
			assertThat(piece.id()).isEqualTo(7);
			assertThat(piece.length()).isEqualTo(text.length);
			received.writeBytes(piece.piece());
		}
		assertThat(received.toByteArray()).isEqualTo(text);
		answers.answer(scrape(7, LIMIT, 10), this.worker);
		assertThat(exposition().length()).as("kept no longer").isEqualTo(-1);
	}

	@Test
	void shouldSendNothingWhenThereIsMoreThanIsTaken() throws IOException {
		ScrapeAnswers answers = new ScrapeAnswers((output, format, names) -> output.write(text(101)));
		answers.answer(scrape(1, 100, 0), this.worker);
		assertAnswer(1, 101, 0);
		answers.answer(scrape(2, 101, 0), this.worker);
		assertAnswer(2, 101, 101);
	}

	@Test
	void shouldSayThatThereIsNothingWhenNothingIsWritten() throws IOException {
		ScrapeAnswers answers = new ScrapeAnswers(ApplicationProbes.NONE.exposition());
		answers.answer(scrape(1, LIMIT, 0), this.worker);
		assertAnswer(1, 0, 0);
	}

	@Test
	void shouldAnswerAlsoWhenWritingFails() throws IOException {
		ScrapeAnswers answers = new ScrapeAnswers((output, format, names) -> {
			throw new IllegalStateException("A gauge is broken");
		});
		for (int i = 1; i <= 2; i++) {
			answers.answer(scrape(i, LIMIT, 0), this.worker);
			assertAnswer(i, -1, 0);
		}
	}

	@Test
	void shouldWriteOnlyOnceAtTimeAndHoldUpNobody() throws Exception {
		CountDownLatch release = new CountDownLatch(1);
		ScrapeAnswers answers = new ScrapeAnswers((output, format, names) -> {
			try {
				release.await();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			output.write(text(5));
		});
		answers.answer(scrape(1, LIMIT, 0), this.worker);
		answers.answer(scrape(2, LIMIT, 0), this.worker);
		assertAnswer(2, -1, 0);
		release.countDown();
		assertAnswer(1, 5, 5);
		answers.answer(scrape(3, LIMIT, 0), this.worker);
		assertAnswer(3, 5, 5);
	}

	private void assertAnswer(long id, int length, int piece) throws IOException {
		ControlMessage.Exposition answer = exposition();
		assertThat(answer.id()).isEqualTo(id);
		assertThat(answer.length()).isEqualTo(length);
		assertThat(answer.piece()).hasSize(piece);
	}

	private ControlMessage.Exposition exposition() throws IOException {
		return (ControlMessage.Exposition) this.daemon.read();
	}

	private static ControlMessage.Scrape scrape(long id, int limit, int offset) {
		return new ControlMessage.Scrape(id, "text/plain", List.of("a"), limit, offset);
	}

	private static byte[] text(int length) {
		byte[] text = new byte[length];
		for (int i = 0; i < length; i++) {
			text[i] = (byte) ('a' + i % 26);
		}
		return text;
	}

}
