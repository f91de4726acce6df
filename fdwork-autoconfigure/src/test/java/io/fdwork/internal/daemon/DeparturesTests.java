package io.fdwork.internal.daemon;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.OrderKind;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Departures}.
 */
@Timeout(60)
class DeparturesTests {

	private static final ControlMessage DRAIN = ControlMessage.Order.of(OrderKind.DRAIN);

	private static final Duration LONG = Duration.ofHours(1);

	private final BlockingQueue<ControlMessage> answers = new LinkedBlockingQueue<>();

	@Test
	void shouldLetWorkerGoWhenDaemonIsNotToldToEnd() throws Exception {
		Departures departures = new Departures((process) -> false, Duration.ofMillis(10), LONG);
		departures.ask(new Asking(1, false));
		assertThat(answer()).isEqualTo(DRAIN);
		assertThat(departures.isHeld()).isFalse();
	}

	@Test
	void shouldWaitLongerBeforeNobodyIsLeft() throws Exception {
		Departures departures = new Departures((process) -> false, Duration.ofMillis(10), LONG);
		departures.ask(new Asking(1, true));
		departures.ask(new Asking(2, false));
		assertThat(answer()).isEqualTo(DRAIN);
		assertThat(this.answers).as("not the last one").isEmpty();
		departures.hold(LONG);
		assertThat(answer()).isInstanceOf(ControlMessage.Stay.class);
	}

	@Test
	void shouldLetTheLastOneGoWhenDaemonIsNotToldToEnd() throws Exception {
		Departures departures = new Departures((process) -> false, Duration.ofMillis(10), Duration.ofMillis(20));
		departures.ask(new Asking(1, true));
		assertThat(answer()).isEqualTo(DRAIN);
	}

	@Test
	void shouldLetWorkerGoAtOnceWhenDaemonHasToldItItself() throws Exception {
		Departures departures = new Departures((process) -> process.pid() == 2, LONG, LONG);
		departures.ask(new Asking(1, true));
		departures.ask(new Asking(2, true));
		assertThat(answer()).isEqualTo(DRAIN);
		assertThat(this.answers).as("the other has none yet").isEmpty();
		departures.hold(LONG);
		assertThat(answer()).isInstanceOf(ControlMessage.Stay.class);
		departures.ask(new Asking(2, true));
		assertThat(answer()).as("also when all others are kept").isEqualTo(DRAIN);
	}

	@Test
	void shouldKeepWorkersThatAskBeforeDaemonIsToldToEnd() throws Exception {
		Departures departures = new Departures((process) -> false, LONG, LONG);
		departures.ask(new Asking(1, false));
		departures.ask(new Asking(2, true));
		departures.hold(Duration.ofMinutes(1));
		for (int i = 0; i < 2; i++) {
			assertThat(((ControlMessage.Stay) answer()).atMostMillis()).isBetween(50_000L, 60_000L);
		}
	}

	@Test
	void shouldKeepWorkerThatAsksAfterwardsNoLongerThanTheOthers() throws Exception {
		Departures departures = new Departures((process) -> false, LONG, LONG);
		departures.hold(Duration.ofMinutes(1));
		departures.hold(LONG);
		departures.ask(new Asking(1, false));
		assertThat(((ControlMessage.Stay) answer()).atMostMillis()).isBetween(50_000L, 60_000L);
		assertThat(departures.isHeld()).isTrue();
	}

	private ControlMessage answer() throws InterruptedException {
		ControlMessage answer = this.answers.poll(10, TimeUnit.SECONDS);
		assertThat(answer).isNotNull();
		return answer;
	}

	private final class Asking implements LeavingWorker {

		private final long pid;

		private final boolean last;

		Asking(long pid, boolean last) {
			this.pid = pid;
			this.last = last;
		}

		@Override
		public DaemonSnapshot.WorkerSnapshot snapshot() {
			WorkerFigures figures = TestFigures.of(WorkerState.READY);
			return new DaemonSnapshot.WorkerSnapshot(this.pid, new ProcessIdentity(this.pid, 1, "boot"), this.pid,
					"worker-" + this.pid, WorkerState.READY, List.of("default"), Instant.now(), figures, null, 0, null,
					false);
		}

		@Override
		public boolean isLast() {
			return this.last;
		}

		@Override
		public void answer(ControlMessage answer) {
			DeparturesTests.this.answers.add(answer);
		}

	}

}
