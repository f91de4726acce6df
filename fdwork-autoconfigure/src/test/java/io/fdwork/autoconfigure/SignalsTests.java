package io.fdwork.autoconfigure;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Signals}. What the signals themselves do is tested with processes.
 */
@Timeout(60)
class SignalsTests {

	private final List<Object> events = new CopyOnWriteArrayList<>();

	private final CountDownLatch mayEnd = new CountDownLatch(1);

	@Test
	void shouldExitWhenTheRoleIsReadyForIt() throws Exception {
		Signals signals = signals(false);
		CompletableFuture<Void> first = CompletableFuture.runAsync(() -> signals.received("INT", 2));
		await("asked");
		signals.received("TERM", 15);
		assertThat(this.events).containsExactly("asked", "again");
		this.mayEnd.countDown();
		first.get(10, TimeUnit.SECONDS);
		assertThat(this.events).containsExactly("asked", "again", 130);
		signals.received("TERM", 15);
		assertThat(this.events).as("it exits already").containsExactly("asked", "again", 130, "again");
	}

	@Test
	void shouldExitWhenTheRoleFails() {
		assertThatIllegalStateException().isThrownBy(() -> signals(true).received("TERM", 15));
		assertThat(this.events).containsExactly(0);
	}

	@Test
	void shouldEndOnHangUpOnlyWhenItComesFromTerminal() {
		this.mayEnd.countDown();
		signals(false).received("HUP", 1);
		assertThat(this.events).containsExactly("hung up");
		new Signals(0, new Recorder(false), true, this.events::add).received("HUP", 1);
		assertThat(this.events).containsExactly("hung up", "asked", 129);
	}

	@ParameterizedTest
	@CsvSource({ "34816,true", "0,false" })
	void shouldKnowWhetherThereIsTerminal(String terminal, boolean expected) {
		assertThat(Signals.hasTerminal("4711 (java) (0) S 1 4711 4711 " + terminal + " 4711 0")).isEqualTo(expected);
	}

	@Test
	void shouldBeObeyedWhileItRuns() {
		Signals signals = signals(false);
		assertThat(signals.isRunning()).isFalse();
		signals.start();
		assertThat(signals.isRunning()).isTrue();
		assertThat(signals.isPauseable()).isFalse();
		Signals next = signals(false);
		next.start();
		assertThat(signals.isRunning()).as("the handlers are those of the JVM").isFalse();
		next.stop();
		assertThat(next.isRunning()).isFalse();
	}

	private void await(Object event) {
		Awaitility.await().until(() -> this.events.contains(event));
	}

	private Signals signals(boolean failing) {
		return new Signals(0, new Recorder(failing), false, this.events::add);
	}

	private final class Recorder implements Signals.Response {

		private final boolean failing;

		Recorder(boolean failing) {
			this.failing = failing;
		}

		@Override
		public void awaitEnd() {
			if (this.failing) {
				throw new IllegalStateException("a test");
			}
			SignalsTests.this.events.add("asked");
			try {
				assertThat(SignalsTests.this.mayEnd.await(10, TimeUnit.SECONDS)).isTrue();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		@Override
		public void toldAgain() {
			SignalsTests.this.events.add("again");
		}

		@Override
		public void hungUp() {
			SignalsTests.this.events.add("hung up");
		}

	}

}
