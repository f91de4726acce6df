package io.fdwork.descriptor;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link TcpListener}.
 */
@Timeout(60)
class TcpListenerTests {

	private static final Duration SOON = Duration.ofSeconds(5);

	private final BlockingQueue<TcpConnection> accepted = new LinkedBlockingQueue<>();

	private final List<Descriptor> taken = new ArrayList<>();

	private final List<Socket> clients = new ArrayList<>();

	@AfterEach
	void close() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
		this.accepted.forEach((accepted) -> accepted.descriptor().close());
		this.taken.forEach(Descriptor::close);
	}

	@Test
	void shouldAcceptWithBothAddresses() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			start(listener, this.accepted::add);
			Socket client = connect(listener);
			TcpConnection accepted = next();
			assertThat(accepted.local()).isEqualTo(client.getRemoteSocketAddress());
			assertThat(accepted.remote()).isEqualTo(client.getLocalSocketAddress());
			assertConnected(accepted, client);
		}
	}

	@Test
	void shouldNotDuplicateWhenClosed() throws Exception {
		TcpListener listener = bind("127.0.0.1");
		listener.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(listener::duplicate);
	}

	@Test
	void shouldTellTheAddressThatClientConnectedToWhenBoundToAll() throws Exception {
		try (TcpListener listener = bind("0.0.0.0")) {
			start(listener, this.accepted::add);
			Socket client = Connections.connectTo(new InetSocketAddress("127.0.0.2", listener.address().getPort()));
			this.clients.add(client);
			TcpConnection accepted = next();
			assertThat(accepted.local()).isEqualTo(client.getRemoteSocketAddress());
			assertThat(accepted.remote()).isEqualTo(client.getLocalSocketAddress());
		}
	}

	@Test
	void shouldAcceptIpv6() throws Exception {
		try (TcpListener listener = bind("::1")) {
			start(listener, this.accepted::add);
			Socket client = connect(listener);
			TcpConnection accepted = next();
			assertThat(accepted.remote()).isEqualTo(client.getLocalSocketAddress());
			assertConnected(accepted, client);
		}
	}

	@Test
	void shouldAcceptManyInOrderOnItsThread() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			List<String> threads = new ArrayList<>();
			start(listener, (accepted) -> {
				threads.add(Thread.currentThread().getName());
				this.accepted.add(accepted);
			});
			for (int i = 0; i < 200; i++) {
				connect(listener);
			}
			for (Socket client : this.clients) {
				TcpConnection accepted = next();
				accepted.descriptor().close();
				assertThat(accepted.remote()).isEqualTo(client.getLocalSocketAddress());
			}
			assertThat(threads).hasSize(200).allMatch((name) -> name.startsWith("test-listener"));
		}
	}

	@Test
	void shouldLeaveClientsInBacklogUntilStarted() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			Socket client = connect(listener);
			assertThat(this.accepted).isEmpty();
			start(listener, this.accepted::add);
			assertConnected(next(), client);
		}
	}

	@Test
	void shouldLeaveEveryClientInBacklogWhileThereIsNoRoom() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch room = new CountDownLatch(1);
		try (TcpListener listener = bind("127.0.0.1")) {
			start(listener, () -> {
				asked.countDown();
				await(room);
			}, this.accepted::add);
			Socket client = connect(listener);
			await(asked);
			assertThat(this.accepted).isEmpty();
			room.countDown();
			assertConnected(next(), client);
		}
	}

	@Test
	void shouldAcceptNothingWhenItStopsWhileThereIsNoRoom() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch room = new CountDownLatch(1);
		TcpListener listener = bind("127.0.0.1");
		start(listener, () -> {
			asked.countDown();
			await(room);
		}, this.accepted::add);
		connect(listener);
		await(asked);
		listener.close();
		room.countDown();
		Awaitility.await().atMost(SOON).until(() -> threads("test-listener").isEmpty());
		assertThat(this.accepted).isEmpty();
	}

	@Test
	void shouldLeaveClientsInBacklogWhileConsumerWaits() throws Exception {
		CountDownLatch room = new CountDownLatch(1);
		try (TcpListener listener = bind("127.0.0.1")) {
			start(listener, (accepted) -> {
				this.accepted.add(accepted);
				await(room);
			});
			for (int i = 0; i < 10; i++) {
				connect(listener);
			}
			Awaitility.await()
				.during(Duration.ofMillis(200))
				.atMost(SOON)
				.until(this.accepted::size, (size) -> size <= 1);
			assertThat(this.accepted).hasSize(1);
			room.countDown();
			Awaitility.await().atMost(SOON).until(this.accepted::size, (size) -> size == 10);
		}
	}

	@Test
	void shouldAcceptWhatWaitsWhenStopped() throws Exception {
		CountDownLatch room = new CountDownLatch(1);
		try (TcpListener listener = bind("127.0.0.1")) {
			start(listener, (accepted) -> {
				this.accepted.add(accepted);
				await(room);
			});
			for (int i = 0; i < 10; i++) {
				connect(listener);
			}
			Awaitility.await().atMost(SOON).until(() -> !this.accepted.isEmpty());
			room.countDown();
			assertThat(listener.stop(SOON)).isTrue();
			assertThat(this.accepted).hasSize(10);
			assertThat(listener.stop(Duration.ZERO)).as("again").isTrue();
		}
	}

	@Test
	void shouldAcceptNoMoreWhenStopped() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			start(listener, this.accepted::add);
			assertThat(listener.stop(SOON)).isTrue();
			try (Socket client = new Socket()) {
				assertThatExceptionOfType(SocketTimeoutException.class)
					.isThrownBy(() -> client.connect(listener.address(), 200));
			}
			assertThat(this.accepted).isEmpty();
		}
	}

	@Test
	void shouldAcceptAllThatCouldConnectWhenStoppedAndClosed() throws Exception {
		ExecutorService clients = Executors.newFixedThreadPool(3);
		try {
			for (int i = 0; i < 40; i++) {
				TcpListener listener = bind("127.0.0.1");
				start(listener, this.accepted::add);
				List<Future<Integer>> connected = new ArrayList<>();
				for (int j = 0; j < 3; j++) {
					connected.add(clients.submit(() -> connectUntilStopped(listener.address())));
				}
				next().descriptor().close();
				assertThat(listener.stop(SOON)).isTrue();
				listener.closeForAll();
				int count = 0;
				for (Future<Integer> future : connected) {
					count += future.get(10, TimeUnit.SECONDS);
				}
				assertThat(this.accepted).hasSize(count - 1);
				this.accepted.forEach((accepted) -> accepted.descriptor().close());
				this.accepted.clear();
			}
		}
		finally {
			clients.shutdownNow();
		}
	}

	private static int connectUntilStopped(InetSocketAddress address) {
		for (int count = 0;; count++) {
			try (Socket client = new Socket()) {
				client.connect(address, 100);
			}
			catch (IOException ex) {
				return count;
			}
		}
	}

	@Test
	void shouldSayThatItIsBusyWhenConsumerWaits() throws Exception {
		CountDownLatch room = new CountDownLatch(1);
		try (TcpListener listener = bind("127.0.0.1")) {
			start(listener, (accepted) -> {
				this.accepted.add(accepted);
				await(room);
			});
			connect(listener);
			Awaitility.await().atMost(SOON).until(() -> !this.accepted.isEmpty());
			assertThat(listener.stop(Duration.ofMillis(50))).isFalse();
		}
		finally {
			room.countDown();
		}
	}

	@Test
	void shouldCloseSilentConnectionsWhenWhoeverStopsIsInterrupted() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			ReadinessSet silent = startOnData(listener, (goOn) -> true);
			Socket client = connect(listener);
			Awaitility.await().atMost(SOON).until(() -> silent.size() == 1);
			Thread.currentThread().interrupt();
			// Before the second sweep
			assertThat(listener.stop(SOON)).isFalse();
			assertThat(Thread.interrupted()).isTrue();
			assertThat(client.getInputStream().read()).isEqualTo(-1);
			Awaitility.await().atMost(SOON).until(() -> silent.size() == 0);
		}
	}

	@Test
	void shouldCloseSilentConnectionsWhenItsThreadIsBusyForTheWholeStop() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		CountDownLatch room = new CountDownLatch(1);
		try (TcpListener listener = bind("127.0.0.1")) {
			ReadinessSet silent = startOnData(listener, (goOn) -> {
				if (!this.clients.isEmpty()) {
					asked.countDown();
					await(room);
				}
				return true;
			});
			Socket client = Connections.connectTo(listener.address());
			Awaitility.await().atMost(SOON).until(() -> silent.size() == 1);
			connect(listener);
			await(asked);
			assertThat(listener.stop(Duration.ofMillis(50))).isFalse();
			room.countDown();
			assertThat(client.getInputStream().read()).isEqualTo(-1);
			client.close();
			Awaitility.await().atMost(SOON).until(() -> silent.size() == 0);
		}
		finally {
			room.countDown();
		}
	}

	@Test
	void shouldCloseSilentConnectionsWhenItsThreadDies() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			ReadinessSet silent = startOnData(listener, (goOn) -> {
				if (!this.clients.isEmpty()) {
					throw new StackOverflowError("of the test");
				}
				return true;
			});
			Socket client = Connections.connectTo(listener.address());
			Awaitility.await().atMost(SOON).until(() -> silent.size() == 1);
			connect(listener);
			assertThat(client.getInputStream().read()).isEqualTo(-1);
			client.close();
			assertThat(listener.stop(SOON)).isFalse();
			assertThat(silent.size()).isZero();
		}
	}

	private ReadinessSet startOnData(TcpListener listener, Predicate<BooleanSupplier> room) {
		return listener.startOnData("test-listener", 16, Duration.ofMinutes(10),
				new Connections.Accepting(room, this.accepted::add));
	}

	@Test
	void shouldAcceptNothingOfAnotherListenerWhenClosedWhileConsumerWaits() throws Exception {
		CountDownLatch room = new CountDownLatch(1);
		BlockingQueue<TcpConnection> acceptedByClosed = new LinkedBlockingQueue<>();
		TcpListener closed = bind("127.0.0.1");
		CountDownLatch waiting = new CountDownLatch(1);
		start(closed, (accepted) -> {
			acceptedByClosed.add(accepted);
			waiting.countDown();
			await(room);
		});
		connect(closed);
		assertThat(waiting.await(5, TimeUnit.SECONDS)).isTrue();
		closed.close();
		// These get the lowest free numbers, the one of the closed listener among them
		List<TcpListener> others = new ArrayList<>();
		try {
			for (int i = 0; i < 4; i++) {
				others.add(bind("127.0.0.1"));
				connect(others.get(i));
			}
			room.countDown();
			Awaitility.await().atMost(SOON).until(() -> threads("test-listener").isEmpty());
			for (TcpListener other : others) {
				start(other, this.accepted::add);
			}
			assertThat(acceptedByClosed).hasSize(1);
			for (int i = 0; i < 4; i++) {
				next();
			}
		}
		finally {
			others.forEach(TcpListener::close);
			acceptedByClosed.forEach((accepted) -> accepted.descriptor().close());
		}
	}

	@Test
	void shouldFreePortWhenClosed() throws Exception {
		TcpListener listener = bind("127.0.0.1");
		InetSocketAddress address = listener.address();
		assertThatIOException().isThrownBy(() -> TcpListener.bind(address, 1)).withMessageContaining("in use");
		start(listener, this.accepted::add);
		connect(listener);
		next();
		listener.stop(SOON);
		listener.close();
		listener.close();
		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Connections.connectTo(address));
		TcpListener.bind(address, 1).close();
	}

	@Test
	void shouldHoldPortWhileDuplicateIsOpen() throws Exception {
		TcpListener listener = bind("127.0.0.1");
		try (Descriptor duplicate = listener.duplicate()) {
			listener.close();
			try (Socket client = Connections.connectTo(listener.address())) {
				assertThat(client.isConnected()).isTrue();
			}
			assertThat(duplicate.isOpen()).isTrue();
		}
		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Connections.connectTo(listener.address()));
	}

	@Test
	void shouldRefuseToStartTwice() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			start(listener, this.accepted::add);
			assertThatIllegalStateException().isThrownBy(() -> start(listener, this.accepted::add));
		}
	}

	@Test
	void shouldRefuseAddressThatIsNotOfThisMachine() {
		OpenFiles.assertNoneLeaked(20, () -> assertThatIOException()
			.isThrownBy(() -> TcpListener.bind(new InetSocketAddress("192.0.2.1", 0), 1)));
	}

	@Test
	void shouldLeaveNothingOpenWhenClosed() {
		OpenFiles.assertNoneLeaked(10, () -> {
			try (TcpListener listener = bind("127.0.0.1")) {
				start(listener, this.accepted::add);
				connect(listener).close();
				next().descriptor().close();
				listener.stop(SOON);
			}
		});
	}

	@Test
	void shouldEndItsThreadWhenClosed() throws Exception {
		TcpListener listener = bind("127.0.0.1");
		start(listener, this.accepted::add);
		assertThat(threads("test-listener")).isNotEmpty();
		listener.close();
		Awaitility.await().atMost(SOON).until(() -> threads("test-listener").isEmpty());
	}

	private static List<Thread> threads(String name) {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith(name))
			.toList();
	}

	@Test
	void shouldGoOnAcceptingWhenAdopted() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			Descriptor kept = listener.duplicate();
			Socket first = connect(listener);
			listener.close();
			Socket second = connect(listener);
			try (TcpListener adopted = TcpListener.adopt(kept)) {
				assertThat(kept.isOpen()).isFalse();
				assertThat(adopted.address()).isEqualTo(listener.address());
				adopted.setBacklog(1);
				start(adopted, this.accepted::add);
				assertConnected(next(), first);
				assertConnected(next(), second);
				assertConnected(adopted);
			}
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> connect(listener));
		}
	}

	private void assertConnected(TcpListener listener) throws Exception {
		Socket client = connect(listener);
		assertConnected(next(), client);
	}

	@Test
	void shouldLeaveBacklogToHolderOfDuplicateWhenPaused() throws Exception {
		try (TcpListener listener = bind("127.0.0.1"); Descriptor kept = listener.duplicate()) {
			start(listener, this.accepted::add);
			assertConnected(listener);
			assertThat(listener.pause(Duration.ofSeconds(5))).isTrue();
			Socket client = connect(listener);
			listener.close();
			assertLeftTo(kept, client);
		}
	}

	@Test
	void shouldPauseAtOnceWhileItAwaitsRoom() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		try (TcpListener listener = bind("127.0.0.1"); Descriptor kept = listener.duplicate()) {
			listener.start("test-listener", new Connections.Accepting((goOn) -> {
				asked.countDown();
				Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> !goOn.getAsBoolean());
				return false;
			}, this.accepted::add));
			Socket client = connect(listener);
			await(asked);
			assertThat(listener.pause(Duration.ofSeconds(20))).isTrue();
			listener.close();
			assertLeftTo(kept, client);
		}
	}

	@Test
	void shouldCloseForAllWhenAnotherHasDoneSo() throws Exception {
		OpenFiles.assertNoneLeaked(3, () -> {
			try (TcpListener listener = bind("127.0.0.1");
					TcpListener other = TcpListener.adopt(listener.duplicate())) {
				listener.closeForAll();
				other.closeForAll();
				assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(other::duplicate);
			}
		});
	}

	@Test
	void shouldFreePortForAllWhenDuplicateIsHeld() throws Exception {
		try (TcpListener listener = bind("127.0.0.1"); Descriptor kept = listener.duplicate()) {
			start(listener, this.accepted::add);
			assertConnected(listener);
			assertThat(TcpSockets.isListening(kept)).isTrue();
			listener.closeForAll();
			listener.closeForAll();
			assertThat(TcpSockets.isListening(kept)).isFalse();
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> connect(listener));
			try (TcpListener next = TcpListener.bind(listener.address(), 1);
					Socket client = Connections.connectTo(next.address())) {
				assertThat(client.isConnected()).isTrue();
			}
			assertThatIOException().isThrownBy(() -> TcpListener.adopt(kept));
			assertThat(kept.isOpen()).as("stays the caller's").isTrue();
		}
	}

	@Test
	void shouldAdoptNothingButListeners() throws Exception {
		try (Connections connections = new Connections();
				Connections.Connection connection = connections.connect();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			for (Descriptor other : List.of(connection.descriptor(), pipe.source())) {
				assertThat(TcpSockets.isListening(other)).isFalse();
				assertThatIOException().isThrownBy(() -> TcpListener.adopt(other));
				assertThat(other.isOpen()).isTrue();
			}
		}
	}

	@Test
	void shouldTellThatAddressIsInUse() throws Exception {
		try (TcpListener listener = bind("127.0.0.1")) {
			OpenFiles.assertNoneLeaked(3,
					() -> assertThatExceptionOfType(AddressInUseException.class)
						.isThrownBy(() -> TcpListener.bind(listener.address(), 1))
						.withMessageContaining("in use"));
		}
	}

	private static TcpListener bind(String address) throws IOException {
		return TcpListener.bind(new InetSocketAddress(InetAddress.getByName(address), 0), 4096);
	}

	private void assertLeftTo(Descriptor kept, Socket client) throws Exception {
		assertThat(this.accepted).isEmpty();
		try (TcpListener adopted = TcpListener.adopt(kept)) {
			start(adopted, this.accepted::add);
			assertConnected(next(), client);
		}
	}

	private static void start(TcpListener listener, Consumer<TcpConnection> consumer) {
		start(listener, () -> {
		}, consumer);
	}

	private static void start(TcpListener listener, Runnable awaitRoom, Consumer<TcpConnection> consumer) {
		listener.start("test-listener", new Connections.Accepting((goOn) -> {
			awaitRoom.run();
			return true;
		}, consumer));
	}

	private Socket connect(TcpListener listener) throws IOException {
		Socket client = Connections.connectTo(listener.address());
		this.clients.add(client);
		return client;
	}

	private TcpConnection next() throws InterruptedException {
		TcpConnection accepted = this.accepted.poll(5, TimeUnit.SECONDS);
		assertThat(accepted).as("an accepted connection").isNotNull();
		this.taken.add(accepted.descriptor());
		return accepted;
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static void assertConnected(TcpConnection accepted, Socket client) throws IOException {
		accepted.descriptor().toSocketChannel(accepted.remote()).socket().getOutputStream().write('a');
		assertThat(client.getInputStream().read()).isEqualTo('a');
	}

}
