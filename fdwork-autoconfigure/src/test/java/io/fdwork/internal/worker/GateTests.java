package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Gate}.
 */
@Timeout(60)
class GateTests {

	private static final Duration SHORT = Duration.ofMillis(10);

	private static final Duration LONG = Duration.ofSeconds(50);

	private final Gate gate = new Gate();

	@Test
	void shouldLetInWhileOpen() throws Exception {
		assertThat(this.gate.enter(LONG)).isTrue();
		assertThat(this.gate.enter(LONG)).isTrue();
		this.gate.leave();
		this.gate.leave();
		assertThat(close(Duration.ZERO)).isTrue();
	}

	@Test
	void shouldLetNobodyInWhenClosed() throws Exception {
		assertThat(close(LONG)).isTrue();
		assertThat(close(LONG)).as("again").isTrue();
		assertThat(this.gate.enter(SHORT)).isFalse();
		assertThat(this.gate.enter(Duration.ZERO)).isFalse();
		this.gate.open(Gate.Keeper.DAEMON);
		assertThat(this.gate.enter(SHORT)).isTrue();
	}

	@Test
	void shouldSaySoWhenSomebodyIsStillInside() throws Exception {
		assertThat(this.gate.enter(LONG)).isTrue();
		assertThat(close(SHORT)).isFalse();
		assertThat(this.gate.enter(SHORT)).as("closed nevertheless").isFalse();
		this.gate.leave();
		assertThat(close(SHORT)).isTrue();
	}

	@Test
	void shouldWaitForThoseInsideWhenClosed() throws Exception {
		assertThat(this.gate.enter(LONG)).isTrue();
		AtomicBoolean quiet = new AtomicBoolean();
		Thread closer = start("test-close", () -> quiet.set(close(LONG)));
		awaitWaiting(closer);
		this.gate.leave();
		join(closer);
		assertThat(quiet).isTrue();
	}

	@Test
	void shouldLetInThoseWhoWaitWhenOpened() throws Exception {
		assertThat(close(LONG)).isTrue();
		AtomicInteger entered = new AtomicInteger();
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			threads.add(start("test-enter-" + i, () -> {
				if (this.gate.enter(LONG)) {
					entered.incrementAndGet();
				}
			}));
		}
		threads.forEach(GateTests::awaitWaiting);
		this.gate.open(Gate.Keeper.DAEMON);
		for (Thread thread : threads) {
			join(thread);
		}
		assertThat(entered).hasValue(3);
	}

	@Test
	void shouldStopWaitingWhenInterrupted() throws Exception {
		assertThat(close(LONG)).isTrue();
		AtomicBoolean interrupted = new AtomicBoolean();
		Thread thread = start("test-enter", () -> {
			assertThatExceptionOfType(InterruptedException.class).isThrownBy(() -> this.gate.enter(LONG));
			interrupted.set(true);
		});
		awaitWaiting(thread);
		thread.interrupt();
		join(thread);
		assertThat(interrupted).isTrue();
		assertThat(close(Duration.ZERO)).as("nobody is inside").isTrue();
	}

	@RepeatedTest(50)
	void shouldHaveNobodyInsideOnceClosed() throws Exception {
		AtomicInteger inside = new AtomicInteger();
		AtomicBoolean ending = new AtomicBoolean();
		CountDownLatch started = new CountDownLatch(3);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			threads.add(start("test-get-" + i, () -> {
				started.countDown();
				while (!ending.get()) {
					if (this.gate.enter(SHORT)) {
						inside.incrementAndGet();
						Thread.onSpinWait();
						inside.decrementAndGet();
						this.gate.leave();
					}
				}
			}));
		}
		try {
			started.await();
			for (int i = 0; i < 20; i++) {
				assertThat(close(LONG)).isTrue();
				for (int n = 0; n < 20; n++) {
					assertThat(inside).hasValue(0);
				}
				this.gate.open(Gate.Keeper.DAEMON);
			}
		}
		finally {
			ending.set(true);
			this.gate.open(Gate.Keeper.DAEMON);
			for (Thread thread : threads) {
				join(thread);
			}
		}
	}

	@Test
	void shouldBeOpenWhenNobodyHasClosedIt() throws Exception {
		assertThat(this.gate.close(Gate.Keeper.DAEMON)).isTrue();
		assertThat(this.gate.close(Gate.Keeper.DAEMON)).as("already").isFalse();
		assertThat(this.gate.close(Gate.Keeper.APPLICATION)).isTrue();
		assertThat(this.gate.open(Gate.Keeper.DAEMON)).isTrue();
		assertThat(this.gate.open(Gate.Keeper.DAEMON)).as("already").isFalse();
		assertThat(this.gate.isOpen()).isFalse();
		assertThat(this.gate.enter(SHORT)).isFalse();
		assertThat(this.gate.open(Gate.Keeper.APPLICATION)).isTrue();
		assertThat(this.gate.isOpen()).isTrue();
		assertThat(this.gate.enter(SHORT)).isTrue();
	}

	@Test
	void shouldBeQuietWhenClosedAndNobodyIsInside() throws Exception {
		assertThat(this.gate.isQuiet(Gate.Keeper.APPLICATION)).isFalse();
		assertThat(this.gate.awaitQuiet(Duration.ZERO)).as("open").isFalse();
		assertThat(this.gate.enter(LONG)).isTrue();
		this.gate.close(Gate.Keeper.APPLICATION);
		assertThat(this.gate.isQuiet(Gate.Keeper.APPLICATION)).isFalse();
		this.gate.leave();
		assertThat(this.gate.isQuiet(Gate.Keeper.APPLICATION)).isTrue();
		assertThat(this.gate.isQuiet(Gate.Keeper.DAEMON)).isFalse();
	}

	@Test
	void shouldStopWaitingForThoseInsideWhenOpened() throws Exception {
		assertThat(this.gate.enter(LONG)).isTrue();
		AtomicBoolean quiet = new AtomicBoolean(true);
		Thread closer = start("test-close", () -> quiet.set(close(LONG)));
		awaitWaiting(closer);
		this.gate.open(Gate.Keeper.DAEMON);
		join(closer);
		assertThat(quiet).isFalse();
	}

	@Test
	void shouldStayOpenForGood() throws Exception {
		this.gate.close(Gate.Keeper.DAEMON);
		this.gate.close(Gate.Keeper.APPLICATION);
		this.gate.openForGood();
		assertThat(this.gate.enter(SHORT)).isTrue();
		assertThat(this.gate.close(Gate.Keeper.APPLICATION)).isFalse();
		assertThat(this.gate.isOpen()).isTrue();
	}

	private boolean close(Duration timeout) throws InterruptedException {
		this.gate.close(Gate.Keeper.DAEMON);
		return this.gate.awaitQuiet(timeout);
	}

	private static Thread start(String name, Action action) {
		Thread thread = new Thread(() -> {
			try {
				action.run();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}, name);
		thread.start();
		return thread;
	}

	private static void awaitWaiting(Thread thread) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(10))
			.pollInterval(Duration.ofMillis(5))
			.until(() -> thread.getState() == Thread.State.TIMED_WAITING);
	}

	private static void join(Thread thread) throws InterruptedException {
		thread.join(10_000);
		assertThat(thread.isAlive()).isFalse();
	}

	@FunctionalInterface
	private interface Action {

		void run() throws InterruptedException;

	}

}
