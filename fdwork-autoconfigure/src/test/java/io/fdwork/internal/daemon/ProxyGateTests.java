package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import io.fdwork.Connections;
import io.fdwork.NoWorkerObserver;
import io.fdwork.OpenFiles;
import io.fdwork.WorkRequest;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.daemon.Network;
import io.fdwork.daemon.ProxyProtocol;
import io.fdwork.internal.queue.KernelQueues;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProxyGate}, by a daemon whose clients say who they are.
 */
@Timeout(60)
class ProxyGateTests {

	private static final String TEXT = "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n";

	private static final InetSocketAddress REMOTE = new InetSocketAddress("192.0.2.1", 4660);

	private static final InetSocketAddress LOCAL = new InetSocketAddress("198.51.100.2", 443);

	private static final byte[] BINARY = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21,
			0x11, 0x00, 0x13, (byte) 192, 0, 2, 1, (byte) 198, 51, 100, 2, 0x12, 0x34, 0x01, (byte) 0xbb, 0x04, 0x00,
			0x04, 0x00, 0x00, 0x00, 0x00 };

	private static final byte[] LOCAL_COMMAND = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54,
			0x0a, 0x20, 0x00, 0x00, 0x00 };

	@TempDir
	Path parent;

	private final BlockingQueue<WorkRequest> requests = new LinkedBlockingQueue<>();

	private final List<Socket> clients = new ArrayList<>();

	private DaemonDirectory directory;

	private KernelQueues queues;

	private @Nullable Daemon daemon;

	@BeforeEach
	void create() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.queues = KernelQueues.create(Map.of("default", 16));
	}

	private Daemon start(String from, Duration timeout, @Nullable Duration dataTimeout) throws IOException {
		DaemonOptions options = new DaemonOptions();
		options.getListeners()
			.add(new DaemonOptions.ListenerOptions(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 64,
					"default", dataTimeout, DaemonOptions.AcceptedBy.DAEMON, null,
					new ProxyProtocol(ProxyProtocol.Version.ANY, List.of(Network.of(from)), timeout)));
		Daemon daemon = new Daemon(this.directory, this.queues, options, new Requests(), new NoWorkerObserver());
		daemon.start();
		this.daemon = daemon;
		return daemon;
	}

	private Daemon start() throws IOException {
		return start("127.0.0.0/8", Duration.ofMinutes(1), null);
	}

	@AfterEach
	void close() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
		if (this.daemon != null) {
			this.daemon.stop(Duration.ofSeconds(5));
		}
		this.requests.forEach(WorkRequest::close);
		this.queues.close();
		this.directory.close();
	}

	@Test
	void shouldTakeHeaderOffAndNothingElse() throws Exception {
		start();
		for (byte[] header : List.of(bytes(TEXT), BINARY)) {
			for (String more : List.of("", "x", "PROXY TCP4 1.1.1.1 1.1.1.1 1 1\r\n", "GET / HTTP/1.1\r\n\r\n")) {
				Socket client = connect();
				client.getOutputStream().write(concatenated(header, bytes(more)));
				assertThat(request(client, more)).isEqualTo(List.of(REMOTE, LOCAL));
			}
		}
	}

	@Test
	void shouldKeepAddressesOfConnectionWhenHeaderSaysNone() throws Exception {
		start();
		for (byte[] header : List.of(bytes("PROXY UNKNOWN\r\n"), LOCAL_COMMAND)) {
			Socket client = connect();
			client.getOutputStream().write(concatenated(header, bytes("x")));
			assertThat(request(client, "x"))
				.isEqualTo(List.of(client.getLocalSocketAddress(), client.getRemoteSocketAddress()));
		}
	}

	@Test
	void shouldPutHeaderThatComesByteByByteAndHoldUpNobodyMeanwhile() throws Exception {
		start();
		for (byte[] header : List.of(bytes(TEXT), BINARY)) {
			Socket slow = connect();
			for (int i = 0; i < header.length; i++) {
				slow.getOutputStream().write(header[i]);
				if (i % 10 == 0) {
					Socket other = connect();
					other.getOutputStream().write(BINARY);
					assertThat(request(other, "")).isEqualTo(List.of(REMOTE, LOCAL));
				}
			}
			slow.getOutputStream().write('x');
			assertThat(request(slow, "x")).isEqualTo(List.of(REMOTE, LOCAL));
		}
	}

	@Test
	void shouldWaitForDataBehindHeaderWhenThatIsWanted() throws Exception {
		Daemon daemon = start("127.0.0.1", Duration.ofMinutes(1), Duration.ofMinutes(1));
		Socket client = connect();
		client.getOutputStream().write(BINARY);
		await().until(() -> listener(daemon).silent() == 1);
		assertThat(this.requests).isEmpty();
		client.getOutputStream().write('x');
		assertThat(request(client, "x")).isEqualTo(List.of(REMOTE, LOCAL));
		Socket both = connect();
		both.getOutputStream().write(concatenated(BINARY, bytes("y")));
		assertThat(request(both, "y")).isEqualTo(List.of(REMOTE, LOCAL));
	}

	@Test
	void shouldCloseWhoSendsNothingBehindHeaderInTime() throws Exception {
		Daemon daemon = start("127.0.0.1", Duration.ofMinutes(1), Duration.ofMillis(100));
		Socket client = connect();
		client.getOutputStream().write(BINARY);
		assertEnded(client);
		await().until(() -> listener(daemon).closedSilent() == 1);
	}

	@Test
	void shouldRefuseWhatIsNoHeaderAndCountIt() throws Exception {
		Daemon daemon = start();
		connect().getOutputStream().write(bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
		connect().getOutputStream().write(bytes("PROXY TCP4 localhost 127.0.0.1 1 2\r\n"));
		connect().getOutputStream().write(bytes("PROXY UNKNOWN " + "x".repeat(200)));
		Socket cut = connect();
		cut.getOutputStream().write(BINARY, 0, 20);
		cut.shutdownOutput();
		for (Socket client : this.clients) {
			assertEnded(client);
		}
		await().until(() -> listener(daemon).refused()
			.equals(Map.of(ProxyRefusal.FOREIGN, 0L, ProxyRefusal.MISSING, 1L, ProxyRefusal.MALFORMED, 1L,
					ProxyRefusal.TOO_LONG, 1L, ProxyRefusal.CUT, 1L, ProxyRefusal.SLOW, 0L)));
		assertThat(this.requests).isEmpty();
	}

	@Test
	void shouldRefuseSlowHeaderHoweverItDrips() throws Exception {
		Daemon daemon = start("127.0.0.1", Duration.ofMillis(300), null);
		Socket dripping = connect();
		AtomicInteger sent = new AtomicInteger();
		Awaitility.await().pollInterval(Duration.ofMillis(50)).atMost(Duration.ofSeconds(10)).until(() -> {
			try {
				dripping.getOutputStream().write(BINARY[Math.min(BINARY.length - 1, sent.getAndIncrement())]);
			}
			catch (SocketException ex) {
				// Closed
				assertThat(sent.get()).isPositive();
			}
			return listener(daemon).refused().get(ProxyRefusal.SLOW) == 1;
		});
		assertThat(this.requests).isEmpty();
		assertEnded(dripping);
		Socket silent = connect();
		assertEnded(silent);
		await().until(() -> listener(daemon).closedSilent() == 1);
	}

	@Test
	void shouldBelieveOnlyWhomItIsToldTo() throws Exception {
		Daemon daemon = start("127.0.0.2", Duration.ofMinutes(1), null);
		Socket foreign = connect();
		assertEnded(foreign);
		await().until(() -> listener(daemon).refused().get(ProxyRefusal.FOREIGN) == 1);
		Socket own = new Socket();
		this.clients.add(own);
		own.bind(new InetSocketAddress("127.0.0.2", 0));
		own.connect(daemon.addresses().get(0));
		own.getOutputStream().write(BINARY);
		assertThat(request(own, "")).isEqualTo(List.of(REMOTE, LOCAL));
	}

	@Test
	void shouldLeaveNothingOpenWhateverComes() throws Exception {
		Daemon daemon = start();
		OpenFiles.assertNoneLeaked(5, () -> {
			for (String sent : List.of("", "P", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", TEXT, TEXT + "x")) {
				Socket client = connect();
				client.getOutputStream().write(bytes(sent));
				client.close();
			}
			for (int i = 0; i < 2; i++) {
				WorkRequest request = this.requests.poll(5, TimeUnit.SECONDS);
				assertThat(request).isNotNull();
				request.close();
			}
			await().until(() -> listener(daemon).silent() == 0);
		});
	}

	@Test
	void shouldCloseWhatHasNoHeaderWhenDaemonStops() throws Exception {
		Daemon daemon = start();
		Socket silent = connect();
		Socket half = connect();
		half.getOutputStream().write(BINARY, 0, 20);
		await().until(() -> listener(daemon).silent() == 2);
		daemon.stop(Duration.ofSeconds(5));
		assertEnded(silent);
		assertEnded(half);
		assertThat(this.requests).isEmpty();
	}

	private Socket connect() throws IOException {
		Socket client = Connections.connectTo(this.daemon.addresses().get(0));
		this.clients.add(client);
		return client;
	}

	private List<InetSocketAddress> request(Socket client, String expected) throws Exception {
		WorkRequest request = this.requests.poll(10, TimeUnit.SECONDS);
		assertThat(request).as("a request").isNotNull();
		try (request;
				SocketChannel channel = request.descriptors()
					.get(0)
					.duplicate()
					.toSocketChannel(request.remoteAddress())) {
			client.shutdownOutput();
			byte[] rest = channel.socket().getInputStream().readAllBytes();
			assertThat(new String(rest, StandardCharsets.ISO_8859_1)).isEqualTo(expected);
			return List.of(request.remoteAddress(), request.localAddress());
		}
	}

	private static void assertEnded(Socket client) throws IOException {
		try {
			assertThat(client.getInputStream().read()).isEqualTo(-1);
		}
		catch (SocketException ex) {
			assertThat(ex).hasMessageContaining("reset");
		}
	}

	private static DaemonSnapshot.ListenerSnapshot listener(Daemon daemon) {
		return daemon.snapshot().listeners().get(0);
	}

	private static byte[] bytes(String text) {
		return text.getBytes(StandardCharsets.ISO_8859_1);
	}

	private static byte[] concatenated(byte[] first, byte[] second) {
		byte[] both = new byte[first.length + second.length];
		System.arraycopy(first, 0, both, 0, first.length);
		System.arraycopy(second, 0, both, first.length, second.length);
		return both;
	}

	private static ConditionFactory await() {
		return Awaitility.await().atMost(Duration.ofSeconds(10)).pollInterval(Duration.ofMillis(10));
	}

	private final class Requests implements RequestSink {

		@Override
		public boolean awaitRoom(String queue, BooleanSupplier goOn) {
			return true;
		}

		@Override
		public void accept(WorkRequest request) {
			ProxyGateTests.this.requests.add(request);
		}

		@Override
		public long dropped() {
			return 0;
		}

	}

}
