package io.fdwork.internal.daemon;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.fdwork.Connections;
import io.fdwork.NoRequests;
import io.fdwork.NoWorkerObserver;
import io.fdwork.OpenFiles;
import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.descriptor.NotifySocket;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.systemd.PassedSocket;
import io.fdwork.internal.systemd.Systemd;
import io.fdwork.internal.systemd.TestSystemd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for a {@link Daemon} that systemd has started.
 */
@Timeout(60)
class SystemdListenersTests {

	@TempDir
	private Path temp;

	private final DaemonOptions options = new DaemonOptions();

	private NotifySocket notifySocket;

	@BeforeEach
	void bind() throws IOException {
		this.notifySocket = NotifySocket.bind(this.temp.resolve("notify"));
	}

	@AfterEach
	void close() throws IOException {
		this.notifySocket.close();
	}

	@Test
	void shouldAcceptOnSocketOfSystemdAndLeaveItListening() throws Exception {
		long open = Descriptor.open();
		try (TcpListener unit = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8);
				Socket waiting = Connections.connectTo(unit.address())) {
			listenOn(unit.address());
			Descriptor passed = unit.duplicate();
			NotifySocket.makeBlocking(passed);
			try (Running running = new Running(new PassedSocket("web.socket", passed))) {
				assertThat(passed.isOpen()).isFalse();
				assertThat(running.daemon.addresses()).containsExactly(unit.address());
				assertThat(waiting.getInputStream().read()).as("accepted, and closed").isEqualTo(-1);
				assertThat(this.notifySocket.next().lines()).as("not stored, systemd has it").startsWith("READY=1");
				try (Socket next = Connections.connectTo(unit.address())) {
					assertThat(next.getInputStream().read()).isEqualTo(-1);
				}
			}
			try (Descriptor copy = unit.duplicate(); Socket later = Connections.connectTo(unit.address())) {
				assertThat(TcpSockets.isListening(copy)).isTrue();
				assertThat(later.isConnected()).as("waits for the next daemon").isTrue();
			}
		}
		assertThat(Descriptor.open()).isEqualTo(open);
	}

	@Test
	void shouldLeaveNothingOpenWhenSocketsAreAdopted() {
		OpenFiles.assertNoneLeaked(10, () -> {
			try (TcpListener unit = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8);
					Descriptor passed = unit.duplicate()) {
				NotifySocket.makeBlocking(passed);
				TcpListener.adoptForeign(passed).close();
				assertThat(passed.isOpen()).isFalse();
			}
		});
	}

	@Test
	void shouldStoreWhatItBindsUntilItStops() throws Exception {
		InetSocketAddress address = freeAddress();
		listenOn(address);
		String name = "fdwork-127.0.0.1_" + address.getPort();
		try (Running running = new Running()) {
			try (NotifySocket.Message message = this.notifySocket.next()) {
				assertThat(message.lines()).containsExactly("FDSTORE=1", "FDNAME=" + name);
				assertThat(message.descriptors()).singleElement().matches(TcpSockets::isListening);
			}
			assertThat(this.notifySocket.next().lines()).containsExactly("READY=1",
					"STATUS=0 workers ready, 0 requests queued");
			skipStatus();
		}
		assertThat(this.notifySocket.next().lines()).startsWith("STOPPING=1");
		assertThat(this.notifySocket.next().lines()).containsExactly("FDSTOREREMOVE=1", "FDNAME=" + name);
	}

	@Test
	void shouldTakeUpWhatWasStored() throws Exception {
		Descriptor stored;
		InetSocketAddress address;
		try (TcpListener dead = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8)) {
			stored = dead.duplicate();
			address = dead.address();
		}
		listenOn(address);
		try (Socket waiting = Connections.connectTo(address);
				Descriptor store = stored.duplicate();
				Running running = new Running(new PassedSocket("fdwork-127.0.0.1_" + address.getPort(), stored))) {
			assertThat(waiting.getInputStream().read()).isEqualTo(-1);
			running.daemon.stop(Duration.ofSeconds(5));
			assertThat(TcpSockets.isListening(store)).as("ended for all").isFalse();
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> Connections.connectTo(address));
		}
	}

	@Test
	void shouldEndWhatWasStoredAndIsNotConfigured() throws Exception {
		listenOn(new InetSocketAddress("127.0.0.1", 0));
		try (TcpListener dead = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8);
				Descriptor copy = dead.duplicate()) {
			String name = "fdwork-127.0.0.1_" + dead.address().getPort();
			try (Running running = new Running(new PassedSocket(name, dead.duplicate()))) {
				assertThat(this.notifySocket.next().lines()).containsExactly("FDSTOREREMOVE=1", "FDNAME=" + name);
				assertThat(TcpSockets.isListening(copy)).isFalse();
			}
		}
	}

	@Test
	void shouldCloseSocketThatIsNotConfiguredAndLeaveItListening() throws Exception {
		listenOn(new InetSocketAddress("127.0.0.1", 0));
		try (TcpListener unit = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8)) {
			Descriptor passed = unit.duplicate();
			try (Running running = new Running(new PassedSocket("other.socket", passed));
					Descriptor copy = unit.duplicate()) {
				assertThat(passed.isOpen()).isFalse();
				assertThat(running.daemon.addresses()).hasSize(1).doesNotContain(unit.address());
				assertThat(TcpSockets.isListening(copy)).isTrue();
			}
		}
	}

	@Test
	void shouldLeaveSocketListeningWhenWorkerGivesItBackAndItIsNotConfigured() throws Exception {
		listenOn(new InetSocketAddress("127.0.0.1", 0));
		try (TcpListener unit = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8);
				Descriptor copy = unit.duplicate();
				Systemd systemd = TestSystemd.passing(null, new PassedSocket("other.socket", unit.duplicate()));
				DaemonDirectory directory = DaemonDirectory.open(this.temp.resolve("run"));
				KernelQueues queues = KernelQueues.create(Map.of("default", 16));
				Listeners listeners = new Listeners(this.options, queues, new NoRequests())) {
			listeners.adopt(systemd);
			Descriptor kept = unit.duplicate();
			listeners.takeBack(kept, 4712);
			assertThat(kept.isOpen()).isFalse();
			assertThat(TcpSockets.isListening(copy)).isTrue();
		}
	}

	@Test
	void shouldRefuseSocketOfAnotherKind() throws Exception {
		listenOn(new InetSocketAddress("127.0.0.1", 0));
		try (MessagePair pair = MessagePair.open()) {
			Descriptor passed = pair.receivingEnd().duplicate();
			try (Running running = new Running(new PassedSocket("datagrams", passed))) {
				assertThat(passed.isOpen()).isFalse();
				assertThat(running.daemon.addresses()).hasSize(1);
			}
		}
	}

	@Test
	void shouldAdoptSocketOfEveryAddressForEveryIpv4Address() throws Exception {
		try (TcpListener unit = TcpListener.bind(new InetSocketAddress("::", 0), 8)) {
			listenOn(new InetSocketAddress("0.0.0.0", unit.address().getPort()));
			try (Running running = new Running(new PassedSocket("web.socket", unit.duplicate()));
					Socket client = Connections
						.connectTo(new InetSocketAddress("127.0.0.1", unit.address().getPort()))) {
				assertThat(running.daemon.addresses()).containsExactly(unit.address());
				assertThat(client.getInputStream().read()).isEqualTo(-1);
			}
		}
	}

	@Test
	void shouldAdoptSocketOfEveryIpv4AddressForEveryAddress() throws Exception {
		try (TcpListener unit = TcpListener.bind(new InetSocketAddress("0.0.0.0", 0), 8)) {
			listenOn(new InetSocketAddress("::", unit.address().getPort()));
			try (Running running = new Running(new PassedSocket("web.socket", unit.duplicate()))) {
				assertThat(running.daemon.addresses()).containsExactly(unit.address());
			}
		}
	}

	@Test
	void shouldTakeOneOfTwoSocketsOfAnAddress() throws Exception {
		try (TcpListener unit = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8);
				Descriptor copy = unit.duplicate()) {
			listenOn(unit.address());
			PassedSocket first = new PassedSocket("web.socket", unit.duplicate());
			PassedSocket second = new PassedSocket("fdwork-127.0.0.1_" + unit.address().getPort(), unit.duplicate());
			try (Running running = new Running(first, second)) {
				assertThat(second.descriptor().isOpen()).isFalse();
				assertThat(TcpSockets.isListening(copy)).isTrue();
				assertThat(running.daemon.addresses()).containsExactly(unit.address());
			}
		}
	}

	@Test
	void shouldCloseWhatWasPassedWhenStartFails() throws Exception {
		try (TcpListener unit = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 8)) {
			listenOn(unit.address());
			this.options.getListeners()
				.add(new DaemonOptions.ListenerOptions(new InetSocketAddress("192.0.2.1", 80), 8, "default"));
			assertThatExceptionOfType(ListenerBindException.class)
				.isThrownBy(() -> new Running(new PassedSocket("web.socket", unit.duplicate())).close());
			try (Descriptor copy = unit.duplicate()) {
				assertThat(TcpSockets.isListening(copy)).isTrue();
			}
			assertThat(this.notifySocket.poll()).as("not ready").isNull();
		}
	}

	private void listenOn(InetSocketAddress address) {
		this.options.getListeners().clear();
		this.options.getListeners().add(new DaemonOptions.ListenerOptions(address, 8, "default"));
	}

	private static InetSocketAddress freeAddress() throws IOException {
		try (TcpListener listener = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 1)) {
			return listener.address();
		}
	}

	private void skipStatus() {
		assertThat(this.notifySocket.next().lines()).singleElement().asString().startsWith("STATUS=");
	}

	/**
	 * A daemon that closes what it accepts.
	 */
	private final class Running implements AutoCloseable {

		private final List<AutoCloseable> closeables = new ArrayList<>();

		private final Daemon daemon;

		Running(PassedSocket... sockets) throws IOException {
			Systemd systemd = TestSystemd.passing(SystemdListenersTests.this.notifySocket.address(), sockets);
			DaemonDirectory directory = DaemonDirectory.open(SystemdListenersTests.this.temp.resolve("run"));
			KernelQueues queues = KernelQueues.create(Map.of("default", 16));
			this.daemon = new Daemon(directory, queues, SystemdListenersTests.this.options, new NoRequests(),
					new NoWorkerObserver(), systemd);
			this.closeables.addAll(List.of(() -> this.daemon.stop(Duration.ofSeconds(5)), queues::close,
					directory::close, systemd::close));
			try {
				this.daemon.start();
			}
			catch (RuntimeException ex) {
				close();
				throw ex;
			}
		}

		@Override
		public void close() {
			this.closeables.forEach((closeable) -> {
				try {
					closeable.close();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			});
			this.closeables.clear();
		}

	}

}
