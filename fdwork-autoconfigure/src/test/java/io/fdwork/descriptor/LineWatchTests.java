package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.OpenFiles;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LineWatch} and {@link LineWait}.
 */
@Timeout(60)
class LineWatchTests {

	private static final int LOOPS = 4;

	private static final String THREAD_NAME = "test-watch";

	private final IoEventLoopGroup loops = new MultiThreadIoEventLoopGroup(LOOPS,
			new DefaultThreadFactory(THREAD_NAME, true), EpollIoHandler.newFactory());

	private final List<Waiting> waiting = new ArrayList<>();

	private MessagePair pair;

	private int sent;

	@BeforeEach
	void start() throws Exception {
		this.pair = MessagePair.open();
		for (int i = 0; i < LOOPS; i++) {
			this.loops.next().submit(() -> Thread.currentThread().getName()).get(10, TimeUnit.SECONDS);
		}
	}

	@AfterEach
	void close() throws Exception {
		for (Waiting one : this.waiting) {
			if (!one.loop.isShuttingDown()) {
				one.loop.submit(one.watch::stop).get(10, TimeUnit.SECONDS);
			}
			one.receiver.close();
		}
		this.loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).await(5, TimeUnit.SECONDS);
		this.pair.close();
	}

	@Test
	void shouldReceiveOnEventLoop() throws Exception {
		Waiting one = newWaiting();
		send();
		awaitReceived(1);
		send();
		awaitReceived(2);
		assertThat(one.woken).hasValueLessThanOrEqualTo(3);
	}

	@Test
	void shouldReceiveWhatWasThereBefore() throws Exception {
		send();
		send();
		newWaiting();
		awaitReceived(2);
	}

	@Test
	void shouldWakeOneOfAllThatWait() throws Exception {
		for (int i = 0; i < LOOPS; i++) {
			newWaiting();
		}
		int messages = 200;
		sendAndAwait(messages);
		awaitWaiting();
		// All would be woken for each without EPOLLEXCLUSIVE
		assertThat(this.waiting.stream().mapToInt((one) -> one.woken.get()).sum()).isEqualTo(messages);
	}

	@Test
	void shouldWakeFirstInLineUntilItMovesBack() throws Exception {
		Waiting first = newWaiting();
		Waiting second = newWaiting();
		sendAndAwait(20);
		assertThat(first.received).hasValue(20);
		first.moveBack();
		sendAndAwait(20);
		assertThat(second.received).hasValue(20);
	}

	@Test
	void shouldTakeTurnsWhenEachMovesBack() throws Exception {
		for (int i = 0; i < LOOPS; i++) {
			newWaiting().movesBack = true;
		}
		sendAndAwait(20 * LOOPS);
		assertThat(this.waiting).allSatisfy((one) -> assertThat(one.received).hasValue(20));
	}

	@Test
	void shouldWakeAnotherWhileFirstInLineIsBusy() throws Exception {
		Waiting first = newWaiting();
		Waiting second = newWaiting();
		AtomicBoolean busy = new AtomicBoolean(true);
		AtomicBoolean entered = new AtomicBoolean();
		first.loop.execute(() -> {
			entered.set(true);
			while (busy.get()) {
				Thread.onSpinWait();
			}
		});
		try {
			Awaitility.await().untilTrue(entered);
			send();
			awaitReceived(1);
			assertThat(second.received).hasValue(1);
		}
		finally {
			busy.set(false);
		}
	}

	@Test
	void shouldNotBeToldWhenStopped() throws Exception {
		Waiting first = newWaiting();
		Waiting second = newWaiting();
		first.loop.submit(first.watch::stop).get(10, TimeUnit.SECONDS);
		first.loop.submit(first.watch::stop).get(10, TimeUnit.SECONDS);
		sendAndAwait(20);
		assertThat(first.woken).hasValue(0);
		second.loop.submit(second.watch::stop).get(10, TimeUnit.SECONDS);
		first.loop.submit(first.watch::start).get(10, TimeUnit.SECONDS);
		sendAndAwait(20);
		assertThat(first.received).hasValue(20);
	}

	@Test
	void shouldLeaveNothingOpen() throws Exception {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Receiver first = this.pair.receivingEnd().newReceiver();
					Receiver second = this.pair.receivingEnd().newReceiver()) {
				ByteBuffer buffer = ByteBuffer.allocateDirect(8);
				assertThat(first.receive(buffer, Duration.ofMillis(1), Admission.FREE)).isNull();
				send();
				try (Received received = second.receive(buffer.clear(), Duration.ofSeconds(1), Admission.FREE)) {
					assertThat(received).isNotNull();
				}
				LineWatch watch = first.watch(this.loops.next(), () -> {
				});
				watch.stop();
			}
		});
	}

	@Test
	void shouldReturnAtOnceWhenWoken() throws Exception {
		List<Receiver> receivers = new ArrayList<>();
		List<Future<Received>> waiting = new ArrayList<>();
		ExecutorService threads = Executors.newFixedThreadPool(LOOPS);
		try {
			for (int i = 0; i < LOOPS; i++) {
				receivers.add(this.pair.receivingEnd().newReceiver());
			}
			for (int round = 0; round < 200; round++) {
				for (Receiver receiver : receivers) {
					waiting.add(threads.submit(
							() -> receiver.receive(ByteBuffer.allocateDirect(8), Duration.ofHours(1), Admission.FREE)));
				}
				// Each is anywhere between its call and its wait
				receivers.forEach(Receiver::wake);
				for (Future<Received> one : waiting) {
					assertThat(one.get(10, TimeUnit.SECONDS)).isNull();
				}
				waiting.clear();
			}
			Future<Received> next = threads.submit(() -> {
				Received received = null;
				while (received == null) {
					received = receivers.get(0)
						.receive(ByteBuffer.allocateDirect(8), Duration.ofHours(1), Admission.FREE);
				}
				return received;
			});
			send();
			next.get(10, TimeUnit.SECONDS).close();
		}
		finally {
			receivers.forEach(Receiver::wake);
			threads.shutdownNow();
			assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
			receivers.forEach(Receiver::close);
		}
	}

	@Test
	void shouldWakeNobodyAndHarmNothingWhenClosed() throws Exception {
		Receiver receiver = this.pair.receivingEnd().newReceiver();
		assertThat(receiver.receive(ByteBuffer.allocateDirect(8), Duration.ofMillis(1), Admission.FREE)).isNull();
		receiver.close();
		receiver.wake();
		try (Receiver next = this.pair.receivingEnd().newReceiver()) {
			send();
			try (Received received = next.receive(ByteBuffer.allocateDirect(8), Duration.ofSeconds(10),
					Admission.FREE)) {
				assertThat(received).isNotNull();
			}
		}
	}

	private void sendAndAwait(int messages) throws IOException {
		int before = received();
		for (int i = 1; i <= messages; i++) {
			// One that is still on its way to epoll_wait is passed over
			awaitWaiting();
			send();
			awaitReceived(before + i);
		}
	}

	private void send() throws IOException {
		assertThat(this.pair.sendingEnd().send(ByteBuffer.allocateDirect(8).putInt(0, ++this.sent), List.of()))
			.isTrue();
	}

	/**
	 * Wait until the kernel has put all event loops to sleep.
	 */
	private void awaitWaiting() {
		// A thread may end while its file is being read
		Awaitility.await()
			.pollInSameThread()
			.pollInterval(Duration.ofMillis(1))
			.ignoreExceptionsInstanceOf(IOException.class)
			.until(() -> {
				int sleeping = 0;
				try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
					for (Path thread : threads) {
						// proc(5): number (name) state
						String stat = Files.readString(thread.resolve("stat"));
						sleeping += (stat.contains("(" + THREAD_NAME) && stat.contains(") S ")) ? 1 : 0;
					}
				}
				return sleeping == LOOPS;
			});
	}

	private void awaitReceived(int count) {
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
		while (received() < count && System.nanoTime() < deadline) {
			Thread.onSpinWait();
		}
		assertThat(received()).isEqualTo(count);
	}

	private int received() {
		return this.waiting.stream().mapToInt((one) -> one.received.get()).sum();
	}

	private Waiting newWaiting() throws Exception {
		Waiting one = new Waiting(this.loops.next(), this.pair.receivingEnd().newReceiver());
		this.waiting.add(one);
		one.loop.submit(one.watch::start).get(10, TimeUnit.SECONDS);
		return one;
	}

	private static final class Waiting {

		private final AtomicInteger woken = new AtomicInteger();

		private final AtomicInteger received = new AtomicInteger();

		private final ByteBuffer buffer = ByteBuffer.allocateDirect(8);

		private final IoEventLoop loop;

		private final Receiver receiver;

		private final LineWatch watch;

		private volatile boolean movesBack;

		Waiting(IoEventLoop loop, Receiver receiver) {
			this.loop = loop;
			this.receiver = receiver;
			this.watch = receiver.watch(loop, this::receiveOne);
		}

		private void receiveOne() {
			this.woken.incrementAndGet();
			try (Received received = this.receiver.receive(this.buffer.clear())) {
				if (received != null) {
					if (this.movesBack) {
						this.watch.moveBack();
					}
					this.received.incrementAndGet();
				}
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void moveBack() throws Exception {
			this.loop.submit(this.watch::moveBack).get(10, TimeUnit.SECONDS);
		}

	}

}
