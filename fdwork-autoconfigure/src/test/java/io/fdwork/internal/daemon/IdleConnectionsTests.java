package io.fdwork.internal.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BooleanSupplier;

import io.fdwork.Connections;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link IdleConnections} that have to let some go.
 */
@Timeout(60)
class IdleConnectionsTests {

	private final Requests requests = new Requests();

	private volatile boolean awaited;

	private final IdleConnections idle = new IdleConnections(new DaemonOptions(), List.of("default"), this.requests,
			(queue) -> this.awaited);

	private Connections connections;

	private Connections.Connection oldest;

	private Connections.Connection middle;

	private Connections.Connection newest;

	@BeforeEach
	void hold() throws IOException {
		this.connections = new Connections();
		this.oldest = holdNext(1);
		this.middle = holdNext(2);
		this.newest = holdNext(3);
	}

	private Connections.Connection holdNext(int held) throws IOException {
		Connections.Connection connection = this.connections.connect();
		this.idle.takeBack("default", connection.descriptor().duplicate(), null);
		connection.descriptor().close();
		Awaitility.await().until(() -> snapshot().held() == held);
		return connection;
	}

	@AfterEach
	void close() throws IOException {
		this.idle.close();
		this.requests.accepted.forEach(WorkRequest::close);
		this.oldest.close();
		this.middle.close();
		this.newest.close();
		this.connections.close();
	}

	@Test
	void shouldPutTheOldestWhileWorkersTakeThem() throws IOException {
		this.idle.shed(2);
		Awaitility.await().until(() -> this.requests.accepted.size() == 2);
		assertThat(this.requests.accepted).extracting(WorkRequest::remoteAddress)
			.containsExactly(this.oldest.accepted().remote(), this.middle.accepted().remote());
		Awaitility.await().until(() -> snapshot().held() == 1);
		assertThat(snapshot().evicted()).isZero();
	}

	@Test
	void shouldCloseTheOldestWhenRequestsWaitForWorkers() throws IOException {
		this.awaited = true;
		this.middle.client().getOutputStream().write('a');
		Awaitility.await().until(() -> this.requests.accepted.size() == 1);
		this.idle.shed(1);
		Awaitility.await().until(() -> snapshot().evicted() == 1);
		assertThat(this.oldest.client().getInputStream().read()).isEqualTo(-1);
		this.idle.shed(100);
		Awaitility.await().until(() -> snapshot().held() == 0);
		assertThat(this.newest.client().getInputStream().read()).isEqualTo(-1);
		this.idle.shed(1);
		assertThat(snapshot().evicted()).isEqualTo(2);
		assertThat(this.requests.accepted).hasSize(1);
	}

	@Test
	void shouldHoldTheOthersWhateverIsLetGo() {
		this.idle.shed(1);
		Awaitility.await().until(() -> snapshot().held() == 2);
		Awaitility.await().during(Duration.ofMillis(100)).until(() -> snapshot().held() == 2);
	}

	private DaemonSnapshot.IdleSnapshot snapshot() {
		return this.idle.snapshots().get(0);
	}

	private static final class Requests implements RequestSink {

		private final Queue<WorkRequest> accepted = new ConcurrentLinkedQueue<>();

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return true;
		}

		@Override
		public void accept(WorkRequest request) {
			this.accepted.add(request);
		}

		@Override
		public long dropped() {
			return 0;
		}

	}

}
