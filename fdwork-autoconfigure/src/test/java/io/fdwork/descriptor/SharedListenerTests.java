package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link SharedListener} and {@link SharedAcceptor}.
 */
@Timeout(60)
class SharedListenerTests {

	private static final Duration LONG = Duration.ofSeconds(20);

	private final List<Socket> clients = new ArrayList<>();

	private final AtomicInteger told = new AtomicInteger();

	private long open;

	private TcpListener owner;

	@BeforeEach
	void bind() throws IOException {
		this.open = Descriptor.open();
		this.owner = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);
	}

	@AfterEach
	void close() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
		this.owner.close();
		await().untilAsserted(() -> assertThat(Descriptor.open()).isEqualTo(this.open));
	}

	private SharedListener open(@Nullable Duration dataTimeout, int maxSilent) throws IOException {
		return SharedListener.of(this.owner.duplicate(), dataTimeout, maxSilent, this.told::incrementAndGet);
	}

	@Test
	void shouldAcceptEachConnectionOnceWhenOthersAcceptToo() throws Exception {
		try (SharedListener one = open(null, 0);
				SharedListener other = open(null, 0);
				SharedAcceptor first = one.newAcceptor();
				SharedAcceptor second = one.newAcceptor();
				SharedAcceptor third = other.newAcceptor()) {
			assertThat(first.isEmpty()).isTrue();
			for (int i = 0; i < 6; i++) {
				connect();
			}
			assertThat(first.isEmpty()).isFalse();
			List<InetSocketAddress> remotes = new ArrayList<>();
			for (SharedAcceptor acceptor : List.of(first, second, third, third, second, first)) {
				TcpConnection connection = acceptor.accept(LONG, Admission.FREE);
				assertThat(connection).isNotNull();
				assertThat(connection.local()).isEqualTo(this.owner.address());
				remotes.add(connection.remote());
				connection.descriptor().close();
			}
			assertThat(remotes).containsExactlyElementsOf(
					this.clients.stream().map((client) -> (InetSocketAddress) client.getLocalSocketAddress()).toList());
			assertThat(first.accept(Duration.ZERO, Admission.FREE)).isNull();
			assertThat(first.isRefused()).isFalse();
		}
	}

	@Test
	void shouldAcceptNothingWithoutAdmission() throws Exception {
		try (SharedListener listener = open(null, 0); SharedAcceptor acceptor = listener.newAcceptor()) {
			connect();
			Admission refusing = new Admission() {

				@Override
				public boolean tryEnter() {
					return false;
				}

				@Override
				public void exit() {
					throw new AssertionError("Nothing was taken");
				}

				@Override
				public boolean isOpen() {
					return false;
				}

				@Override
				public void entered() {
					throw new AssertionError("Nothing was taken");
				}

			};
			assertThat(acceptor.accept(LONG, refusing)).isNull();
			assertThat(acceptor.isRefused()).isTrue();
			assertThat(this.owner.waiting()).isEqualTo(1);
		}
	}

	@Test
	void shouldReturnWhenWokenOrEnded() throws Exception {
		try (SharedListener listener = open(null, 0); SharedAcceptor acceptor = listener.newAcceptor()) {
			CompletableFuture<@Nullable TcpConnection> accepting = accept(acceptor);
			acceptor.wake();
			assertThat(accepting.get()).isNull();
			CompletableFuture<@Nullable TcpConnection> again = accept(acceptor);
			listener.close();
			acceptor.wake();
			assertThat(again.get()).isNull();
			assertThat(listener.isOver()).isTrue();
			connect();
			assertThat(acceptor.accept(LONG, Admission.FREE)).as("it is for others").isNull();
			assertThat(acceptor.isRefused()).isTrue();
			assertThat(this.owner.waiting()).isEqualTo(1);
		}
	}

	private static CompletableFuture<@Nullable TcpConnection> accept(SharedAcceptor acceptor) {
		return CompletableFuture.supplyAsync(() -> {
			try {
				return acceptor.accept(LONG, Admission.FREE);
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	@Test
	void shouldBeOverWhenListenerIsShutDownForAll() throws Exception {
		try (SharedListener listener = open(null, 0); SharedAcceptor acceptor = listener.newAcceptor()) {
			CompletableFuture<@Nullable TcpConnection> accepting = accept(acceptor);
			this.owner.closeForAll();
			// The kernel wakes who waits
			assertThat(accepting.get()).isNull();
			assertThat(listener.isOver()).isTrue();
			assertThat(acceptor.accept(LONG, Admission.FREE)).isNull();
		}
	}

	@Test
	void shouldRefuseWhatListensNoMore() throws Exception {
		try (Descriptor duplicate = this.owner.duplicate()) {
			this.owner.closeForAll();
			assertThatIOException().isThrownBy(() -> SharedListener.of(duplicate, null, 0, () -> {
			}));
			assertThat(duplicate.isOpen()).isTrue();
		}
	}

	@Test
	void shouldKeepSilentClientsAsideUntilTheySpeak() throws Exception {
		try (SharedListener listener = open(LONG, 10); SharedAcceptor acceptor = listener.newAcceptor()) {
			Socket silent = connect();
			Socket speaking = connect();
			speak(speaking);
			awaitReceived();
			assertAccepted(acceptor, speaking);
			assertThat(listener.kept()).isEqualTo(1);
			CompletableFuture<@Nullable TcpConnection> accepting = accept(acceptor);
			speak(silent);
			// Whoever opened the listener is told, and wakes who accepts
			await().until(() -> this.told.get() > 0);
			acceptor.wake();
			TcpConnection connection = accepting.get();
			assertThat(connection).isNotNull();
			assertThat(connection.remote()).isEqualTo(silent.getLocalSocketAddress());
			connection.descriptor().close();
			assertThat(listener.kept()).isZero();
		}
	}

	@Test
	void shouldGiveSilentClientsThatSpeakAlsoWhenItIsClosed() throws Exception {
		SharedListener listener = open(LONG, 10);
		try (SharedAcceptor acceptor = listener.newAcceptor()) {
			Socket first = connect();
			Socket second = connect();
			assertThat(acceptor.accept(Duration.ZERO, Admission.FREE)).isNull();
			listener.close();
			assertThat(listener.isOver()).isFalse();
			speak(first);
			assertAccepted(acceptor, first);
			listener.dismiss();
			await().until(listener::isOver);
			assertThat(second.getInputStream().read()).isEqualTo(-1);
		}
	}

	@Test
	void shouldCloseSilentClientsInTimeAndWhenTheyAreTooMany() throws Exception {
		try (SharedListener listener = open(Duration.ofMillis(200), 2);
				SharedAcceptor acceptor = listener.newAcceptor()) {
			for (int i = 0; i < 3; i++) {
				connect();
			}
			assertThat(acceptor.accept(Duration.ZERO, Admission.FREE)).isNull();
			for (Socket client : this.clients) {
				assertThat(client.getInputStream().read()).isEqualTo(-1);
			}
			await().until(() -> listener.kept() == 0);
		}
	}

	private void awaitReceived() {
		// The kernel of a loopback connection has it when the write returns
		assertThat(this.owner.waiting()).isEqualTo(2);
	}

	private void assertAccepted(SharedAcceptor acceptor, Socket client) throws IOException {
		TcpConnection connection = acceptor.accept(LONG, Admission.FREE);
		assertThat(connection).isNotNull();
		assertThat(connection.remote()).isEqualTo(client.getLocalSocketAddress());
		connection.descriptor().close();
	}

	private static void speak(Socket client) throws IOException {
		client.getOutputStream().write(ByteBuffer.allocate(1).array());
	}

	private Socket connect() throws IOException {
		Socket client = new Socket(this.owner.address().getAddress(), this.owner.address().getPort());
		client.setSoTimeout((int) LONG.toMillis());
		this.clients.add(client);
		return client;
	}

}
