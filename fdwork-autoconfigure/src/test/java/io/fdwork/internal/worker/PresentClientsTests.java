package io.fdwork.internal.worker;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.WorkRequest;
import io.fdwork.descriptor.ClientState;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.Getter;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.worker.DepartedClients;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PresentClients}.
 */
@Timeout(60)
class PresentClientsTests {

	private final Permits permits = new Permits(1, 1);

	private final List<Work> served = new ArrayList<>();

	private final List<WorkOutcome> outcomes = new ArrayList<>();

	private DepartedClients departed = DepartedClients.RESET;

	private Connections connections;

	private KernelQueue queue;

	private QueueReader reader;

	private Getter getter;

	@BeforeEach
	void open() throws IOException {
		this.connections = new Connections();
		this.queue = KernelQueue.create("q", 16);
		this.reader = QueueReader.open("q", 1, this.queue.duplicateForWorker());
		this.getter = this.reader.newGetter();
	}

	@AfterEach
	void close() {
		this.served.forEach(Work::close);
		this.getter.close();
		this.reader.close();
		this.queue.close();
		this.connections.close();
	}

	@Test
	void shouldHandOnWorkOfClientThatWaits() throws Exception {
		assertThat(outcomeWhen(ClientState.PRESENT, PresentClientsTests::send)).isNull();
		assertThat(this.permits.used()).isOne();
	}

	@Test
	void shouldHandOnWorkOfClientThatHasSentNothingYet() throws Exception {
		assertThat(outcomeWhen(ClientState.PRESENT, (client) -> {
		})).isNull();
	}

	@Test
	void shouldHandOnWorkOfClientThatHasSentAndClosedItsSide() throws Exception {
		assertThat(outcomeWhen(ClientState.HALF_CLOSED, PresentClientsTests::sendAndCloseOutput)).isNull();
	}

	@Test
	void shouldEndWorkOfClientThatHasSentAndClosedItsSideWhenThatMeansGone() throws Exception {
		this.departed = DepartedClients.CLOSED;
		assertDeparts(ClientState.HALF_CLOSED, PresentClientsTests::sendAndCloseOutput);
	}

	@Test
	void shouldEndWorkOfClientThatHasClosedAndLeftNothing() throws Exception {
		assertDeparts(ClientState.CLOSED, Socket::close);
	}

	@Test
	void shouldEndWorkOfClientThatHasReset() throws Exception {
		assertDeparts(ClientState.RESET, (client) -> {
			send(client);
			client.setSoLinger(true, 0);
			client.close();
		});
	}

	@Test
	void shouldHandOnWhatHasNoClient() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			for (WorkRequest.Builder request : List.of(WorkRequest.with(pipe.source().duplicate()),
					WorkRequest.with(pipe.sink().duplicate()).remoteAddress(new InetSocketAddress("192.0.2.1", 1)))) {
				this.queue.put(request.queue("q").build(), 0);
				assertThat(accept().outcome()).isNull();
				this.served.get(this.served.size() - 1).close();
			}
		}
		assertThat(this.served).hasSize(2);
	}

	@Test
	void shouldLeaveNothingOpenAndEveryPermitFree() {
		this.departed = DepartedClients.CLOSED;
		OpenFiles.assertNoneLeaked(20, () -> {
			assertThat(outcomeWhen(ClientState.CLOSED, Socket::close)).isEqualTo(WorkOutcome.DEPARTED);
			assertThat(this.permits.used()).isZero();
		});
	}

	private void assertDeparts(ClientState state, Action leaving) throws Exception {
		assertThat(outcomeWhen(state, leaving)).isEqualTo(WorkOutcome.DEPARTED);
		assertThat(this.served).isEmpty();
		assertThat(this.outcomes).containsExactly(WorkOutcome.DEPARTED);
		assertThat(this.permits.used()).isZero();
		assertThat(this.permits.isOpen()).isTrue();
	}

	private WorkOutcome outcomeWhen(ClientState state, Action action) throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			action.run(connection.client());
			Awaitility.await()
				.atMost(Duration.ofSeconds(5))
				.until(() -> TcpSockets.clientState(connection.descriptor()) == state);
			this.queue.put(connection.request().queue("q").build(), 0);
			GotWork work = accept();
			assertThat(work.descriptors().get(0).isOpen()).isEqualTo(work.outcome() == null);
			return work.outcome();
		}
	}

	private GotWork accept() throws Exception {
		GotWork work = this.getter.get(Duration.ofSeconds(5), (ended, outcome) -> this.outcomes.add(outcome),
				this.permits);
		assertThat(work).isNotNull();
		new PresentClients(this.departed, this.served::add).accept(work);
		return work;
	}

	private static void send(Socket client) throws IOException {
		client.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes());
	}

	private static void sendAndCloseOutput(Socket client) throws IOException {
		send(client);
		client.shutdownOutput();
	}

	/**
	 * What a client does.
	 */
	@FunctionalInterface
	private interface Action {

		void run(Socket client) throws IOException;

	}

}
