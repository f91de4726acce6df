package io.fdwork.descriptor;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

import io.fdwork.OpenFiles;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link LifeLine} and {@link LifeWatch}.
 */
@Timeout(60)
class LifeLineTests {

	private static final long CLOSE_ON_EXEC = 0x80000;

	private final Queue<String> told = new ConcurrentLinkedQueue<>();

	private final LifeWatch watch = new LifeWatch("test-life");

	@AfterEach
	void stop() {
		this.watch.close();
	}

	@Test
	void shouldTellBeatsAndEnd() throws IOException {
		try (LifeLine line = LifeLine.open()) {
			LifeWatch.Line end = this.watch.take(line.otherEnd(), new Observer());
			end.start();
			assertThat(line.beat()).isTrue();
			await().until(() -> List.copyOf(this.told).equals(List.of("beat")));
			assertThat(line.beat()).isTrue();
			await().until(() -> List.copyOf(this.told).equals(List.of("beat", "beat")));
		}
		await().until(() -> List.copyOf(this.told).equals(List.of("beat", "beat", "ended")));
	}

	@Test
	void shouldTellBeatsThatCameBeforeEnd() throws IOException {
		LifeLine line = LifeLine.open();
		LifeWatch.Line end = this.watch.take(line.otherEnd(), new Observer());
		line.beat();
		line.close();
		end.start();
		await().until(() -> List.copyOf(this.told).equals(List.of("beat", "ended")));
	}

	@Test
	void shouldTellEndOnlyWhenOnlyEndIsWanted() throws Exception {
		try (LifeLine line = LifeLine.open()) {
			LifeWatch.Line end = this.watch.takeForEnd(line.otherEnd(), new Observer());
			end.start();
			line.beat();
			awaitTask();
			awaitTask();
			assertThat(this.told).isEmpty();
		}
		await().until(() -> List.copyOf(this.told).equals(List.of("ended")));
	}

	@Test
	void shouldNotWaitForWhoDoesNotRead() throws IOException {
		try (LifeLine line = LifeLine.open(); Descriptor held = line.otherEnd().duplicate()) {
			// More than a pipe takes
			for (int i = 0; i < 100_000; i++) {
				assertThat(line.beat()).isTrue();
			}
			LifeWatch.Line end = this.watch.take(held, new Observer());
			end.start();
			await().until(() -> this.told.contains("beat"));
			assertThat(this.told).doesNotContain("ended");
		}
	}

	@Test
	void shouldTellWhenNobodyHoldsOtherEnd() throws IOException {
		try (LifeLine line = LifeLine.open()) {
			Descriptor second = line.otherEnd().duplicate();
			line.otherEnd().close();
			assertThat(line.beat()).as("a duplicate is held").isTrue();
			second.close();
			assertThat(line.beat()).isFalse();
			assertThat(line.beat()).isFalse();
		}
	}

	@Test
	void shouldBeSeenByAllWhoHoldOtherEnd() throws IOException {
		LifeLine line = LifeLine.open();
		this.watch.takeForEnd(line.otherEnd().duplicate(), new Observer()).start();
		this.watch.takeForEnd(line.otherEnd().duplicate(), new Observer()).start();
		line.close();
		await().until(() -> List.copyOf(this.told).equals(List.of("ended", "ended")));
	}

	@Test
	void shouldTellNothingAfterClose() throws Exception {
		LifeLine line = LifeLine.open();
		LifeWatch.Line end = this.watch.take(line.otherEnd(), new Observer());
		end.start();
		CountDownLatch closed = new CountDownLatch(1);
		this.watch.execute(() -> {
			line.beat();
			line.close();
			end.close();
			closed.countDown();
		});
		assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
		awaitTask();
		assertThat(this.told).isEmpty();
	}

	@Test
	void shouldBeCloseOnExecSoThatNoChildHoldsIt() throws IOException {
		try (LifeLine line = LifeLine.open()) {
			List<Path> both = descriptorsOf(line);
			assertThat(both).hasSize(2);
			for (Path number : both) {
				assertThat(flags(number) & CLOSE_ON_EXEC).as(number.toString()).isEqualTo(CLOSE_ON_EXEC);
			}
			assertThat(line.beat()).isTrue();
		}
	}

	@Test
	void shouldEndWhileProcessThatWasStartedMeanwhileLives() throws Exception {
		LifeLine line = LifeLine.open();
		this.watch.take(line.otherEnd(), new Observer()).start();
		Process child = new ProcessBuilder("sleep", "60").start();
		try {
			line.close();
			await().until(() -> this.told.contains("ended"));
			assertThat(child.isAlive()).isTrue();
		}
		finally {
			child.destroyForcibly().waitFor();
		}
	}

	@Test
	void shouldRefuseWhatIsNoLifeLine() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe();
				MessagePair pair = MessagePair.open();
				RandomAccessFile file = new RandomAccessFile("/dev/null", "rw");
				TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
						1)) {
			int open = OpenFiles.count();
			// It blocks
			assertRefused(pipe.source().duplicate());
			assertRefused(pipe.sink().duplicate());
			assertRefused(pair.receivingEnd().duplicate());
			assertRefused(Descriptor.duplicateOf(file));
			assertRefused(listener.duplicate());
			OpenFiles.awaitAtMost(open);
		}
	}

	private void assertRefused(Descriptor descriptor) {
		assertThatIOException().isThrownBy(() -> this.watch.take(descriptor, new Observer()));
		assertThat(descriptor.isOpen()).isFalse();
	}

	@Test
	void shouldLeaveNothingOpen() throws Exception {
		LifeWatch closing = new LifeWatch("test-closing");
		int open = OpenFiles.count();
		List<LifeLine> lines = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			LifeLine line = LifeLine.open();
			LifeWatch.Line end = closing.take(line.otherEnd(), new Observer());
			if (i % 2 == 0) {
				end.start();
			}
			else if (i % 4 == 1) {
				end.close();
			}
			else {
				closing.close();
				end.start();
			}
			lines.add(line);
		}
		closing.close();
		lines.forEach(LifeLine::close);
		OpenFiles.awaitAtMost(open);
	}

	@Test
	void shouldLetGoOfWhatItIsGivenAfterItsEnd() throws IOException {
		LifeWatch closed = new LifeWatch("test-closed");
		closed.close();
		await().until(() -> !closed.execute(() -> {
		}));
		try (LifeLine line = LifeLine.open()) {
			closed.take(line.otherEnd(), new Observer()).start();
			assertThat(line.beat()).as("somebody holds the other end").isFalse();
		}
		assertThat(this.told).isEmpty();
	}

	@Test
	void shouldRepeatTask() {
		AtomicInteger runs = new AtomicInteger();
		this.watch.repeat(Duration.ofMillis(1), runs::incrementAndGet);
		await().until(() -> runs.get() > 3);
	}

	private void awaitTask() throws InterruptedException {
		CountDownLatch done = new CountDownLatch(1);
		this.watch.execute(done::countDown);
		assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
	}

	/**
	 * Return the descriptors of both ends, whatever else is opened meanwhile.
	 */
	private static List<Path> descriptorsOf(LifeLine line) throws IOException {
		String pipe = target(Path.of(String.valueOf(line.otherEnd().number())));
		try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
			return numbers.map(Path::getFileName).filter((number) -> target(number).equals(pipe)).toList();
		}
	}

	private static String target(Path number) {
		try {
			return Files.readSymbolicLink(Path.of("/proc/self/fd").resolve(number)).toString();
		}
		catch (IOException ex) {
			return "closed meanwhile";
		}
	}

	private static long flags(Path number) throws IOException {
		return Files.readAllLines(Path.of("/proc/self/fdinfo").resolve(number))
			.stream()
			.filter((line) -> line.startsWith("flags:"))
			.mapToLong((line) -> Long.parseLong(line.substring("flags:".length()).strip(), 8))
			.findFirst()
			.orElseThrow();
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(5));
	}

	private final class Observer implements LifeObserver {

		@Override
		public void beat() {
			LifeLineTests.this.told.add("beat");
		}

		@Override
		public void ended() {
			LifeLineTests.this.told.add("ended");
		}

		@Override
		public void unwatched() {
			LifeLineTests.this.told.add("unwatched");
		}

	}

}
