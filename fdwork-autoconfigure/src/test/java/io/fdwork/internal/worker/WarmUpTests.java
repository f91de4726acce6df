package io.fdwork.internal.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.worker.WorkerOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link WarmUp}.
 */
@Timeout(60)
@ExtendWith(OutputCaptureExtension.class)
class WarmUpTests {

	private final List<String> requested = new CopyOnWriteArrayList<>();

	private final List<Work> works = new CopyOnWriteArrayList<>();

	@AfterEach
	void close() {
		this.works.forEach(Work::close);
	}

	@Test
	void shouldAskForEachPathInTurn(CapturedOutput output) {
		warmUp(5, "/a", "/b?c=d").run(answer("HTTP/1.1 200 OK\r\n\r\nhello"), () -> true);
		assertThat(this.requested).containsExactly("GET /a HTTP/1.1", "GET /b?c=d HTTP/1.1", "GET /a HTTP/1.1",
				"GET /b?c=d HTTP/1.1", "GET /a HTTP/1.1");
		assertThat(output).contains("The application has warmed up with 5 requests");
		assertThat(this.works).allSatisfy((work) -> {
			assertThat(work.outcome()).isEqualTo(WorkOutcome.SERVED);
			assertThat(work.queue()).isEqualTo("other");
			assertThat(work.parameters()).containsEntry("fdwork.warm-up", "true");
			assertThat(work.remoteAddress().getAddress().isLoopbackAddress()).isTrue();
		});
	}

	@Test
	void shouldAskWebServerWithKeyAndBelowItsContext() {
		WarmUpKey key = new WarmUpKey();
		key.below("/app");
		WorkerOptions options = options();
		options.setWarmUpServerRequests(3);
		List<Boolean> known = new CopyOnWriteArrayList<>();
		Consumer<Work> answer = answer("HTTP/1.1 200 OK\r\n\r\nhello");
		assertThat(key.isUsed()).isFalse();
		WarmUps.warmUp(options, (work) -> {
			known.add(key.isUsed());
			answer.accept(work);
		}, key);
		assertThat(this.requested).containsExactly("GET /app/fdwork-warm-up HTTP/1.1",
				"POST /app/fdwork-warm-up HTTP/1.1", "GET /app/fdwork-warm-up HTTP/1.1");
		assertThat(known).containsExactly(true, true, true);
		assertThat(key.isUsed()).isFalse();
	}

	@Test
	void shouldNotWarnWhenWebServerDoesNotAnswer(CapturedOutput output) {
		WarmUpKey key = new WarmUpKey();
		WorkerOptions options = options();
		WarmUps.warmUp(options, answer("TLS, please"), key);
		assertThat(this.requested).hasSize(1);
		assertThat(key.isUsed()).isFalse();
		assertThat(output).doesNotContain("WARN");
		options.setWarmUpServerRequests(0);
		WarmUps.warmUp(options, answer("HTTP/1.1 200 OK\r\n\r\n"), key);
		assertThat(this.requested).hasSize(1);
	}

	private static WorkerOptions options() {
		WorkerOptions options = new WorkerOptions(Path.of("/run/fdwork"), 1);
		options.getQueues().add("other");
		return options;
	}

	@Test
	void shouldDoNothingWithoutPaths() {
		warmUp(5).run(this.works::add, () -> true);
		assertThat(this.works).isEmpty();
	}

	@Test
	void shouldGoOnWhenClientIsAtFault() {
		warmUp(2, "/").run(answer("HTTP/1.1 404 Not Found\r\n\r\n"), () -> true);
		assertThat(this.requested).hasSize(2);
	}

	@Test
	void shouldEndWithFirstThatServerFailsWith(CapturedOutput output) {
		warmUp(5, "/").run(answer("HTTP/1.1 500 Internal Server Error\r\n\r\n"), () -> true);
		assertThat(this.requested).hasSize(1);
		assertThat(output).contains("has ended after 0 requests: GET / was answered with 'HTTP/1.1 500'");
	}

	@Test
	void shouldEndWhenThatIsNotHttp(CapturedOutput output) {
		warmUp(5, "/").run(answer("220 mail"), () -> true);
		assertThat(output).contains("GET / was answered with '220 mail'");
	}

	@Test
	void shouldEndWhenServerThrows(CapturedOutput output) {
		warmUp(5, "/").run((work) -> {
			this.works.add(work);
			throw new NoClassDefFoundError("not now");
		}, () -> true);
		assertThat(this.works).singleElement().extracting(Work::outcome).isEqualTo(WorkOutcome.FAILED);
		assertThat(output).contains("has ended after 0 requests");
	}

	@Test
	void shouldEndInTimeWhenNobodyAnswers(CapturedOutput output) {
		warmUp(5, Duration.ofMillis(200), "/").run((work) -> this.works.add(work.takeOver()), () -> true);
		assertThat(this.works).hasSize(1);
		assertThat(output).contains("has ended after 0 requests");
	}

	@Test
	void shouldSayHowManyThereWasTimeFor(CapturedOutput output) {
		Consumer<Work> answer = answer("HTTP/1.1 200 OK\r\n\r\n");
		warmUp(5, Duration.ofSeconds(1), "/").run((work) -> {
			if (this.works.size() < 3) {
				answer.accept(work);
			}
			else {
				this.works.add(work.takeOver());
			}
		}, () -> true);
		assertThat(this.requested).hasSize(3);
		assertThat(output).contains("has warmed up with 3 requests, as many as there was time for")
			.doesNotContain("The warm-up has ended");
	}

	@Test
	void shouldEndInTimeWhenAnswerHasNoEnd(CapturedOutput output) {
		warmUp(5, Duration.ofMillis(1500), "/").run((work) -> {
			this.works.add(work);
			try {
				byte[] line = "HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
				while (true) {
					work.channel().write(ByteBuffer.wrap(line));
				}
			}
			catch (IOException ex) {
				work.fail();
			}
		}, () -> true);
		assertThat(output).contains("no whole answer in time");
	}

	/**
	 * What serves may have its thread and its place longer than the client waits.
	 */
	@Test
	void shouldWaitUntilServerIsDoneWithConnection() {
		List<Work> answered = new CopyOnWriteArrayList<>();
		warmUp(1, "/").run(answerAndKeep(answered), () -> {
			answered.stream().filter(WarmUpTests::hasClientGone).forEach(Work::close);
			return true;
		});
		assertThat(answered).singleElement().extracting(Work::outcome).isEqualTo(WorkOutcome.SERVED);
	}

	@Test
	void shouldEndWhenWorkerStopsAndServerKeepsConnection(CapturedOutput output) {
		List<Work> answered = new CopyOnWriteArrayList<>();
		warmUp(5, "/").run(answerAndKeep(answered), () -> answered.stream().noneMatch(WarmUpTests::hasClientGone));
		assertThat(answered).singleElement().extracting(Work::outcome).isNull();
		assertThat(output).contains("did not end in time");
	}

	private Consumer<Work> answerAndKeep(List<Work> answered) {
		Consumer<Work> answer = answer("HTTP/1.1 200 OK\r\n\r\nhello");
		return (work) -> {
			answer.accept(work);
			try {
				work.takeOver().channel().shutdownOutput();
				answered.add(work);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		};
	}

	private static boolean hasClientGone(Work work) {
		try {
			work.channel().configureBlocking(false);
			return work.channel().read(ByteBuffer.allocate(1)) < 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Test
	void shouldEndWhenWorkerStops() {
		warmUp(1000, "/").run(answer("HTTP/1.1 200 OK\r\n\r\n"), () -> this.requested.size() < 3);
		assertThat(this.requested).hasSize(3);
	}

	@Test
	void shouldLeaveNothingOpen() {
		OpenFiles.assertNoneLeaked(10, () -> warmUp(3, "/").run(answer("HTTP/1.1 200 OK\r\n\r\n"), () -> true));
		OpenFiles.assertNoneLeaked(10, () -> warmUp(3, "/").run(answer("HTTP/1.1 500 \r\n\r\n"), () -> true));
	}

	private static WarmUp warmUp(int requests, String... paths) {
		return warmUp(requests, Duration.ofSeconds(30), paths);
	}

	private static WarmUp warmUp(int requests, Duration timeout, String... paths) {
		WorkerOptions options = options();
		options.getWarmUpPaths().addAll(List.of(paths));
		options.setWarmUpRequests(requests);
		options.setWarmUpTimeout(timeout);
		return WarmUp.ofPaths(options);
	}

	private Consumer<Work> answer(String answer) {
		return (work) -> {
			this.works.add(work);
			try {
				this.requested.add(readHead(work).lines().findFirst().orElse(""));
				work.channel().write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		};
	}

	private static String readHead(Work work) throws IOException {
		StringBuilder head = new StringBuilder();
		InputStream in = work.channel().socket().getInputStream();
		while (head.indexOf("\r\n\r\n") < 0) {
			head.append((char) in.read());
		}
		Matcher length = Pattern.compile("Content-Length: (\\d+)").matcher(head);
		if (length.find()) {
			// What is not read resets the connection
			in.readNBytes(Integer.parseInt(length.group(1)));
		}
		return head.toString();
	}

}
