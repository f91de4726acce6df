package io.fdwork.internal.serve.tomcat;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.fdwork.ConnectionHistory;
import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.WorkMetadata;
import io.fdwork.internal.worker.IdleReturn;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TomcatServer}, where the test is the daemon.
 */
@Timeout(60)
class TomcatServerTests {

	private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: test\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

	@TempDir
	private Path temp;

	private final Tomcat tomcat = new Tomcat();

	private final Home home = new Home();

	private final TomcatServer server = new TomcatServer(() -> this.home, Duration.ofMillis(20));

	private final BlockingQueue<WorkOutcome> outcomes = new LinkedBlockingQueue<>();

	// Whether the connection of a request was in the poller
	private final BlockingQueue<Boolean> polled = new LinkedBlockingQueue<>();

	private volatile @Nullable GotWork served;

	private Connections connections;

	@BeforeEach
	void start() throws Exception {
		this.connections = new Connections();
		this.tomcat.setBaseDir(this.temp.toString());
		Connector connector = new Connector(WorkHttp11Protocol.class.getName());
		// Nobody binds it
		connector.setPort(0);
		this.server.serveWith((WorkHttp11Protocol) connector.getProtocolHandler());
		this.tomcat.setConnector(connector);
		Context context = this.tomcat.addContext("", null);
		Tomcat.addServlet(context, "one", new OneByte());
		context.addServletMappingDecoded("/", "one");
		this.tomcat.start();
	}

	@AfterEach
	void stop() throws Exception {
		this.tomcat.stop();
		this.tomcat.destroy();
		this.connections.close();
	}

	@Test
	void shouldServeOnWhatHasNotArrivedAtHome() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			Work work = serve(connection);
			assertAnswers(connection.client());
			for (int requests = 1; requests < 4; requests++) {
				Leaving leaving = this.home.next();
				assertThat(leaving.history().requests()).isEqualTo(requests);
				leaving.refuse();
				assertThat(work.outcome()).isNull();
				assertAnswers(connection.client());
			}
		}
	}

	@Test
	void shouldLetGoOfConnectionWithoutEndingItForItsClient() throws Exception {
		OpenFiles.assertNoneLeaked(5, () -> {
			try (Connections.Connection connection = this.connections.connect()) {
				serve(connection);
				assertAnswers(connection.client());
				Leaving leaving = this.home.next();
				leaving.work().close();
				assertThat(this.outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo(WorkOutcome.SERVED);
				try (SocketChannel channel = leaving.connection().toSocketChannel(connection.accepted().remote())) {
					channel.write(ByteBuffer.wrap(new byte[] { 'y' }));
					assertThat(connection.client().getInputStream().read()).isEqualTo('y');
					// Nothing has been read of what comes next
					connection.client().getOutputStream().write(REQUEST);
					ByteBuffer unread = ByteBuffer.allocate(100);
					assertThat(channel.read(unread)).isEqualTo(REQUEST.length);
				}
			}
		});
	}

	@Test
	void shouldEndConnectionThatComesBackWhenItHasStopped() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			serve(connection);
			assertAnswers(connection.client());
			Leaving leaving = this.home.next();
			this.tomcat.stop();
			leaving.refuse();
			assertThat(this.outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo(WorkOutcome.FAILED);
			assertThat(connection.client().getInputStream().read()).isNegative();
			this.tomcat.start();
		}
	}

	@Test
	void shouldNotPollConnectionWhenItsRequestHasComeAndItsAnswerIsTheLastOne() throws Exception {
		for (String request : List.of("GET / HTTP/1.0\r\n\r\n",
				"GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")) {
			try (Connections.Connection connection = this.connections.connect()) {
				connection.client().getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
				serve(connection);
				assertThat(new String(connection.client().getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
					.startsWith("HTTP/1.1 200")
					.endsWith("\r\n\r\nx");
				assertThat(this.outcomes.poll(10, TimeUnit.SECONDS)).isEqualTo(WorkOutcome.SERVED);
				assertThat(this.polled.poll(10, TimeUnit.SECONDS)).isFalse();
			}
		}
	}

	@Test
	void shouldPollConnectionWhenHalfOfItsRequestHasCome() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			connection.client().getOutputStream().write(REQUEST, 0, REQUEST.length / 2);
			serve(connection);
			connection.client()
				.getOutputStream()
				.write(REQUEST, REQUEST.length / 2, REQUEST.length - REQUEST.length / 2);
			assertAnswer(connection.client());
			Leaving leaving = this.home.next();
			leaving.connection().close();
			assertThat(leaving.history().requests()).isOne();
		}
	}

	private Work serve(Connections.Connection connection) {
		GotWork work = new GotWork(
				new WorkMetadata(RequestId.next(), "default", 1, 1, connection.accepted().remote(),
						connection.accepted().local(), Map.of(), new byte[0]),
				List.of(connection.descriptor()), 1, (ended, outcome) -> this.outcomes.add(outcome));
		this.served = work;
		this.server.accept(work);
		work.release();
		return work;
	}

	private static void assertAnswers(Socket client) throws IOException {
		client.getOutputStream().write(REQUEST);
		assertAnswer(client);
	}

	private static void assertAnswer(Socket client) throws IOException {
		StringBuilder answer = new StringBuilder();
		while (!answer.toString().endsWith("\r\n\r\nx")) {
			int next = client.getInputStream().read();
			assertThat(next).as("after '%s'", answer).isNotNegative();
			answer.append((char) next);
		}
		assertThat(answer.toString()).startsWith("HTTP/1.1 200").doesNotContain("close");
	}

	/**
	 * Answers with one byte.
	 */
	private final class OneByte extends HttpServlet {

		private static final long serialVersionUID = 1L;

		@Override
		protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
			GotWork served = TomcatServerTests.this.served;
			TomcatServerTests.this.polled.add(served != null && served.serverChannel().isRegistered());
			response.setContentLength(1);
			response.getOutputStream().write('x');
		}

	}

	/**
	 * Takes every connection, and lets the test decide what becomes of it.
	 */
	private static final class Home implements IdleReturn {

		private final BlockingQueue<Leaving> leaving = new LinkedBlockingQueue<>();

		Leaving next() throws InterruptedException {
			Leaving next = this.leaving.poll(20, TimeUnit.SECONDS);
			assertThat(next).as("a connection that goes home").isNotNull();
			return next;
		}

		@Override
		public boolean isConnected() {
			return true;
		}

		@Override
		public boolean isOpen() {
			return true;
		}

		@Override
		public void wantRoom() {
		}

		@Override
		public boolean isParting() {
			return false;
		}

		@Override
		public boolean isAtLimit(String queue) {
			return false;
		}

		@Override
		public boolean isRoomWanted(String queue) {
			return false;
		}

		@Override
		public void giveBack(Work work, Descriptor connection, ConnectionHistory history,
				@Nullable Duration idleTimeout, Consumer<Descriptor> refused) {
			this.leaving.add(new Leaving(work, connection.move(), history, refused));
		}

	}

	private record Leaving(Work work, Descriptor connection, ConnectionHistory history, Consumer<Descriptor> refused) {

		void refuse() {
			this.refused.accept(this.connection);
		}

	}

}
