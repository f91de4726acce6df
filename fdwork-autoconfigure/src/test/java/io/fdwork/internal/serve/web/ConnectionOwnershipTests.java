package io.fdwork.internal.serve.web;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Set;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.net.ssl.SSLContext;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.ByteTotals;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.serve.ConnectionServer;
import io.fdwork.internal.wire.WorkMetadata;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.boot.Banner;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

/**
 * Tests who closes the connection of a work, and when, if a web server is to serve it.
 * The works come from the test, as a get loop would hand them on.
 */
@ParameterizedClass(name = "{0}, TLS = {1}")
@MethodSource("servers")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@Timeout(120)
class ConnectionOwnershipTests {

	@TempDir
	private static Path temp;

	private static Path keyStore;

	private static SSLContext ssl;

	private static ConfigurableApplicationContext context;

	@Parameter(0)
	private WebServerType server;

	@Parameter(1)
	private boolean tls;

	private final Queue<WorkOutcome> outcomes = new ConcurrentLinkedQueue<>();

	private Connections connections;

	static Stream<Arguments> servers() {
		return Stream.of(arguments(WebServerType.REACTOR_NETTY, false), arguments(WebServerType.TOMCAT, false),
				arguments(WebServerType.TOMCAT, true), arguments(WebServerType.JETTY, false),
				arguments(WebServerType.JETTY, true));
	}

	@BeforeAll
	static void createKeyStore() throws Exception {
		keyStore = temp.resolve("keys.p12");
		KeyStores.create(keyStore);
		ssl = KeyStores.trust(keyStore);
	}

	// No daemon is needed, as nothing is got
	@BeforeParameterizedClassInvocation
	static void start(WebServerType server, boolean tls) {
		List<String> arguments = new ArrayList<>(
				List.of("--fdwork.role=worker", "--fdwork.directory=" + temp.resolve("d"),
						// What Boot does not start of its own
						"--server.port=" + ((server.isReactive()) ? 0 : -1), "--management.server.port=-1",
						// A worker gets nothing before its warm-up is over. The tests do
						// not
						// wait
						"--fdwork.worker.warm-up.server-requests=0",
						// One that answers, and one request that waits
						"--server.tomcat.threads.max=1", "--server.tomcat.threads.min-spare=1",
						"--server.tomcat.threads.max-queue-capacity=1", "--server.jetty.threads.max=5",
						"--server.jetty.threads.min=5", "--server.jetty.threads.selectors=1",
						"--server.jetty.threads.max-queue-capacity=1"));
		if (tls) {
			arguments.addAll(List.of(KeyStores.arguments(keyStore)));
		}
		context = new SpringApplicationBuilder(server.application())
			.web(server.isReactive() ? WebApplicationType.REACTIVE : WebApplicationType.SERVLET)
			.bannerMode(Banner.Mode.OFF)
			.logStartupInfo(false)
			.registerShutdownHook(false)
			.properties("spring.autoconfigure.exclude=" + server.exclude(),
					"spring.reactor.netty.shutdown-quiet-period=0s", "spring.lifecycle.timeout-per-shutdown-phase=2s")
			.run(arguments.toArray(String[]::new));
	}

	@AfterParameterizedClassInvocation
	static void stop() {
		context.close();
	}

	@BeforeEach
	void listen() throws IOException {
		this.connections = new Connections();
	}

	@AfterEach
	void close() {
		this.connections.close();
	}

	@Test
	@Order(1)
	void shouldEndConnectionThatOthersHoldToo() throws Exception {
		try (Connections.Connection connection = this.connections.connect();
				Descriptor duplicate = connection.descriptor().duplicate()) {
			serve(work(connection));
			Socket client = client(connection);
			client.getOutputStream()
				.write(HttpConnection.head("GET", "/text?size=1", "Connection: close")
					.getBytes(StandardCharsets.UTF_8));
			assertThat(client.getInputStream().readAllBytes()).isNotEmpty();
			// Jetty waits for it
			client.close();
			await().until(() -> this.outcomes.contains(WorkOutcome.SERVED));
			assertThat(duplicate.isOpen()).isTrue();
		}
	}

	@Test
	@Order(1)
	void shouldSayGoodbyeToClientOfTls() throws Exception {
		assumeThat(this.tls).isTrue();
		try (Connections.Connection connection = this.connections.connect();
				Descriptor duplicate = connection.descriptor().duplicate()) {
			serve(work(connection));
			Socket client = client(connection);
			HttpConnection http = new HttpConnection(client);
			assertThat(http.get("/text?size=1").read().body()).isNotEmpty();
			long answered = ByteTotals.of(duplicate).written();
			client.shutdownOutput();
			assertThat(http.isEnded()).isTrue();
			await().until(() -> this.outcomes.contains(WorkOutcome.SERVED));
			assertThat(ByteTotals.of(duplicate).written()).isGreaterThan(answered);
		}
	}

	private Socket client(Connections.Connection connection) throws IOException {
		return (this.tls) ? ssl.getSocketFactory().createSocket(connection.client(), "localhost", 443, true)
				: connection.client();
	}

	@Test
	@Order(2)
	void shouldCloseConnectionOfClientThatHasGone() {
		OpenFiles.assertNoneLeaked(3, () -> {
			this.outcomes.clear();
			try (Connections.Connection connection = this.connections.connect()) {
				connection.client().setSoLinger(true, 0);
				connection.client().close();
				serve(work(connection));
				await().until(() -> this.outcomes.size() == 1);
				assertThat(connection.descriptor().isOpen()).isFalse();
			}
		});
	}

	@Test
	@Order(3)
	void shouldCloseWhatIsNoConnection() {
		OpenFiles.assertNoneLeaked(3, () -> {
			this.outcomes.clear();
			try (Descriptor.Pipe pipe = Descriptor.pipe()) {
				serve(new GotWork(
						new WorkMetadata(RequestId.next(), "default", 1, 1, null, null, Map.of(), new byte[0]),
						List.of(pipe.source()), 1, (ended, outcome) -> this.outcomes.add(outcome)));
				await().until(() -> this.outcomes.contains(WorkOutcome.FAILED));
				assertThat(pipe.source().isOpen()).isFalse();
			}
		});
	}

	@Test
	@Order(4)
	void shouldCloseConnectionsThatThreadsHaveNoRoomFor() {
		assumeThat(this.tls || this.server.isReactive()).isFalse();
		OpenFiles.assertNoneLeaked(1, () -> {
			Set<WorkOutcome> seen = EnumSet.noneOf(WorkOutcome.class);
			// Jetty refuses some at once, and others when it has read from them: which of
			// them
			// there are is a race
			for (int i = 0; i < 20
					&& (i == 0 || (this.server == WebServerType.JETTY && !seen.contains(WorkOutcome.FAILED))); i++) {
				this.outcomes.clear();
				serveMoreThanThreadsHaveRoomFor();
				seen.addAll(this.outcomes);
			}
			if (this.server == WebServerType.JETTY) {
				assertThat(seen).as("some that it has refused").contains(WorkOutcome.FAILED);
			}
		});
	}

	private void serveMoreThanThreadsHaveRoomFor() throws IOException {
		List<Connections.Connection> all = new ArrayList<>();
		List<Descriptor> held = new ArrayList<>();
		try {
			for (int i = 0; i < 20; i++) {
				Connections.Connection connection = this.connections.connect();
				all.add(connection);
				held.add(connection.descriptor().duplicate());
				connection.client()
					.getOutputStream()
					.write(HttpConnection.head("GET", "/slow?millis=500", "Connection: close")
						.getBytes(StandardCharsets.UTF_8));
				serve(work(connection));
			}
			int answered = 0;
			for (Connections.Connection connection : all) {
				answered += (isAnswered(connection.client())) ? 1 : 0;
				connection.client().close();
			}
			assertThat(answered).isBetween(1, 19);
			await().until(() -> this.outcomes.size() == 20);
			assertThat(all).noneMatch((connection) -> connection.descriptor().isOpen());
		}
		finally {
			held.forEach(Descriptor::close);
			for (Connections.Connection connection : all) {
				connection.close();
			}
		}
	}

	private static boolean isAnswered(Socket client) throws IOException {
		try {
			return client.getInputStream().readAllBytes().length > 0;
		}
		catch (SocketException ex) {
			// It was closed before its request was read
			return false;
		}
	}

	@Test
	@Order(Integer.MAX_VALUE)
	void shouldCloseConnectionsWhenStopped() throws Exception {
		List<Connections.Connection> all = new ArrayList<>();
		try (Connections.Connection late = this.connections.connect()) {
			// Some are on their way to a selector when it stops
			for (int i = 0; i < 30; i++) {
				all.add(this.connections.connect());
				serve(work(all.get(i)));
			}
			ConnectionServer server = context.getBean(ConnectionServer.class);
			context.close();
			await().until(() -> this.outcomes.size() == 30);
			assertThat(all).noneMatch((connection) -> connection.descriptor().isOpen());
			serve(server, work(late));
			await().until(() -> this.outcomes.size() == 31);
			assertThat(this.outcomes).last().isEqualTo(WorkOutcome.FAILED);
			assertThat(late.descriptor().isOpen()).isFalse();
			assertThat(late.client().getInputStream().read()).isNegative();
		}
		finally {
			for (Connections.Connection connection : all) {
				connection.close();
			}
		}
	}

	private Work work(Connections.Connection connection) {
		return new GotWork(
				new WorkMetadata(RequestId.next(), "default", 1, 1, connection.accepted().remote(),
						connection.accepted().local(), Map.of(), new byte[0]),
				List.of(connection.descriptor()), 1, (ended, outcome) -> this.outcomes.add(outcome));
	}

	private static void serve(Work work) {
		serve(context.getBean(ConnectionServer.class), work);
	}

	/**
	 * As a get loop does.
	 */
	private static void serve(ConnectionServer server, Work work) {
		try {
			server.accept(work);
			GotWork.of(work).release();
		}
		catch (RuntimeException ex) {
			work.fail();
		}
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(20, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(20));
	}

}
