package io.fdwork.internal.systemd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import io.fdwork.OpenFiles;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.NotifySocket;
import io.fdwork.descriptor.TcpListener;
import io.fdwork.descriptor.TcpSockets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Systemd}, {@link Notifier} and {@link Watch}.
 */
@Timeout(60)
class SystemdTests {

	private static final long PID = 4711;

	@TempDir
	private Path temp;

	private int asked;

	@Test
	void shouldDoNothingWhenEnvironmentSaysNothing() {
		int before = OpenFiles.count();
		try (Systemd systemd = Systemd.none()) {
			assertThat(systemd.takeSockets()).isEmpty();
			systemd.notifier().ready("ready");
			systemd.watch(() -> null, () -> "status");
			systemd.notifier().stopping();
			// That of another test may be ending
			Awaitility.await()
				.until(() -> Thread.getAllStackTraces()
					.keySet()
					.stream()
					.noneMatch((thread) -> thread.getName().equals("fdwork-systemd")));
			assertThat(OpenFiles.count()).isLessThanOrEqualTo(before);
		}
	}

	@Test
	void shouldPassSocketsByNameOnce() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe();
				Systemd systemd = systemd(Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "2", "LISTEN_FDNAMES", "web:"),
						List.of(pipe.source(), pipe.sink()))) {
			assertThat(systemd.takeSockets()).containsExactly(new PassedSocket("web", pipe.source()),
					new PassedSocket("", pipe.sink()));
			assertThat(systemd.takeSockets()).isEmpty();
			assertThat(this.asked).isEqualTo(1);
		}
	}

	@Test
	void shouldCallSocketsUnknownWhenTheyHaveNoNames() throws Exception {
		try (Descriptor.Pipe pipe = Descriptor.pipe();
				Systemd systemd = systemd(Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "1"), List.of(pipe.source()))) {
			assertThat(systemd.takeSockets()).containsExactly(new PassedSocket("unknown", pipe.source()));
		}
	}

	@ParameterizedTest
	@CsvSource({ "4712,1", "1,garbage", ",3", "4711,0", "4711," })
	void shouldTakeNothingWhenNothingIsForThisProcess(String pid, String count) {
		Map<String, String> environment = new HashMap<>();
		environment.put("LISTEN_PID", pid);
		environment.put("LISTEN_FDS", count);
		environment.values().removeIf(Objects::isNull);
		try (Systemd systemd = systemd(environment, List.of())) {
			assertThat(systemd.takeSockets()).isEmpty();
			assertThat(this.asked).isZero();
		}
	}

	@ParameterizedTest
	@CsvSource({ "LISTEN_PID,none", "LISTEN_PID,-1", "LISTEN_FDS,many", "LISTEN_FDS,-1", "LISTEN_FDS,254",
			"LISTEN_FDS,99999999999999999999", "LISTEN_FDNAMES,a:b", "NOTIFY_SOCKET,run/notify", "NOTIFY_SOCKET,@",
			"NOTIFY_SOCKET,vsock:2:1234", "WATCHDOG_USEC,soon", "WATCHDOG_USEC,0", "WATCHDOG_PID,x" })
	void shouldSayWhatIsWrongWhenEnvironmentCannotBeTrue(String variable, String value) {
		Map<String, String> environment = new HashMap<>(
				Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "1", "WATCHDOG_USEC", "1000000"));
		environment.put(variable, value);
		assertThatExceptionOfType(SystemdEnvironmentException.class).isThrownBy(() -> systemd(environment, List.of()))
			.withMessageContaining(variable)
			.withMessageContaining("'" + value + "'")
			.satisfies((ex) -> assertThat(ex.getAction()).contains("fdwork.systemd.enabled"));
	}

	@Test
	void shouldSayWhatIsWrongWhenThereAreFewerSockets() {
		Systemd systemd = Systemd.of(Map.of("LISTEN_PID", "4711", "LISTEN_FDS", "2"), PID, (count) -> {
			throw new IOException("Descriptor 4 is no socket");
		});
		assertThatExceptionOfType(SystemdEnvironmentException.class).isThrownBy(systemd::takeSockets)
			.withMessageContaining("LISTEN_FDS")
			.withMessageContaining("Descriptor 4 is no socket");
	}

	@Test
	void shouldTellWhatHappens() throws Exception {
		try (NotifySocket socket = NotifySocket.bind(this.temp.resolve("notify"))) {
			assertTells(socket);
		}
	}

	@Test
	void shouldTellAbstractSocket() throws Exception {
		try (NotifySocket socket = NotifySocket.bindAbstract("fdwork-test-" + ProcessHandle.current().pid())) {
			assertTells(socket);
		}
	}

	private void assertTells(NotifySocket socket) throws Exception {
		OpenFiles.assertNoneLeaked(3, () -> {
			try (Systemd systemd = systemd(Map.of("NOTIFY_SOCKET", socket.address()), List.of());
					TcpListener listener = TcpListener.bind(new InetSocketAddress("127.0.0.1", 0), 1);
					Descriptor stored = listener.duplicate()) {
				systemd.notifier().store("web", stored);
				systemd.notifier().ready("two\nlines");
				systemd.notifier().removeFromStore("web");
				systemd.notifier().stopping();
				systemd.notifier().stopping(Duration.ofSeconds(90));
				long before = System.nanoTime();
				systemd.notifier().reloading();
				assertThat(stored.isOpen()).isTrue();
				try (NotifySocket.Message message = socket.next()) {
					assertThat(message.lines()).containsExactly("FDSTORE=1", "FDNAME=web");
					assertThat(message.descriptors()).singleElement().matches(TcpSockets::isListening);
				}
				assertThat(socket.next().lines()).containsExactly("READY=1", "STATUS=two lines");
				assertThat(socket.next().lines()).containsExactly("FDSTOREREMOVE=1", "FDNAME=web");
				assertThat(socket.next().lines()).contains("STOPPING=1");
				assertThat(socket.next().lines()).startsWith("STOPPING=1", "EXTEND_TIMEOUT_USEC=90000000");
				List<String> reloading = socket.next().lines();
				assertThat(reloading).hasSize(2).startsWith("RELOADING=1");
				assertThat(Long.parseLong(reloading.get(1).substring("MONOTONIC_USEC=".length())))
					.isBetween(before / 1000, System.nanoTime() / 1000);
			}
		});
	}

	@Test
	void shouldGoOnWhenNobodyListens() {
		OpenFiles.assertNoneLeaked(3, () -> {
			try (Systemd systemd = systemd(Map.of("NOTIFY_SOCKET", this.temp.resolve("gone").toString()), List.of())) {
				systemd.notifier().ready("ready");
			}
		});
	}

	@Test
	void shouldTellAgainWhenSocketIsBack() throws Exception {
		Path path = this.temp.resolve("notify");
		try (Systemd systemd = systemd(Map.of("NOTIFY_SOCKET", path.toString()), List.of())) {
			systemd.notifier().ready("too early");
			try (NotifySocket socket = NotifySocket.bind(path)) {
				systemd.notifier().status("here");
				assertThat(socket.next().lines()).containsExactly("STATUS=here");
			}
		}
	}

	@Test
	void shouldNotBeHeldUpWhenSystemdDoesNotRead() throws Exception {
		try (NotifySocket socket = NotifySocket.bind(this.temp.resolve("notify"));
				Systemd systemd = systemd(Map.of("NOTIFY_SOCKET", socket.address()), List.of())) {
			long start = System.nanoTime();
			Duration longest = Duration.ZERO;
			// The kernel bounds the number of datagrams (net.unix.max_dgram_qlen)
			for (int i = 0; i < 5000 && longest.toMillis() < 900; i++) {
				systemd.notifier().status("status " + i);
				Duration taken = Duration.ofNanos(System.nanoTime() - start);
				longest = (taken.compareTo(longest) > 0) ? taken : longest;
				start = System.nanoTime();
			}
			assertThat(longest).isBetween(Duration.ofMillis(900), Duration.ofSeconds(10));
			for (int i = 0; i < 20; i++) {
				systemd.notifier().removeFromStore("web");
			}
			assertThat(Duration.ofNanos(System.nanoTime() - start)).as("waited for once, not for each message")
				.isLessThan(Duration.ofSeconds(2));
			assertThat(socket.next().lines()).containsExactly("STATUS=status 0");
		}
	}

	@Test
	void shouldKeepWatchdogQuietAtHalfItsInterval() throws Exception {
		try (NotifySocket socket = NotifySocket.bind(this.temp.resolve("notify"));
				Systemd systemd = systemd(
						Map.of("NOTIFY_SOCKET", socket.address(), "WATCHDOG_USEC", "200000", "WATCHDOG_PID", "4711"),
						List.of())) {
			// Before the first one, which may be seen later than it was sent
			long start = System.nanoTime();
			systemd.watch(() -> null, () -> "fine");
			assertThat(socket.next().lines()).containsExactly("STATUS=fine");
			for (int i = 0; i < 4; i++) {
				assertThat(socket.next().lines()).containsExactly("WATCHDOG=1");
			}
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(300));
		}
	}

	@Test
	void shouldTellNoLifeWhileThereIsProblem() throws Exception {
		try (NotifySocket socket = NotifySocket.bind(this.temp.resolve("notify"))) {
			Notifier notifier = new Notifier(socket.address());
			List<String> problem = new ArrayList<>(List.of("stuck"));
			Watch watch = new Watch(notifier, Duration.ofSeconds(10), () -> (problem.isEmpty()) ? null : problem.get(0),
					() -> "fine");
			assertThat(watch.tick()).isEqualTo(Duration.ofSeconds(1));
			assertThat(socket.next().lines()).containsExactly("STATUS=stuck");
			assertThat(socket.poll()).isNull();
			problem.clear();
			assertThat(watch.tick()).isEqualTo(Duration.ofSeconds(5));
			assertThat(socket.next().lines()).containsExactly("WATCHDOG=1");
			notifier.close();
		}
	}

	@Test
	void shouldTellNoLifeWhenWatchdogIsOfAnotherProcess() throws Exception {
		try (NotifySocket socket = NotifySocket.bind(this.temp.resolve("notify"));
				Systemd systemd = systemd(
						Map.of("NOTIFY_SOCKET", socket.address(), "WATCHDOG_USEC", "20000", "WATCHDOG_PID", "4712"),
						List.of())) {
			systemd.watch(() -> null, () -> "fine");
			assertThat(socket.next().lines()).containsExactly("STATUS=fine");
			systemd.notifier().stopping();
			assertThat(socket.next().lines()).contains("STOPPING=1");
		}
	}

	private Systemd systemd(Map<String, String> environment, List<Descriptor> descriptors) {
		return Systemd.of(environment, PID, (count) -> {
			this.asked++;
			return descriptors;
		});
	}

}
