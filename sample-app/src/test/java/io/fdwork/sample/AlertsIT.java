package io.fdwork.sample;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.Client.Connection;
import io.fdwork.sample.fixture.Client.Load;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The alert rules of the documentation in a real Prometheus, with a fleet that gets into
 * all the trouble that they warn of. Only their times are shorter.
 */
@Tag("long")
@Timeout(900)
class AlertsIT {

	private static final Path SHIPPED = Path.of("..", "docs", "src", "docs", "asciidoc", "monitoring");

	private static final int CAPACITY = 16;

	private static Path programs;

	private final Set<String> provoked = new TreeSet<>();

	@BeforeAll
	static void find() throws Exception {
		programs = Prometheus.programs(Path.of("target", "prometheus"));
		assumeThat(programs).as("there is a Prometheus, or its package can be had").isNotNull();
	}

	@Test
	void shouldFireWhenThereIsWhatEachWarnsOfAndNotBefore() throws Exception {
		try (ForkedFleet fleet = new ForkedFleet()) {
			Path pipe = fleet.directory().resolve("pipe");
			assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
			fleet.prefix("sh", "-c", "exec \"$@\" > " + pipe + " 2>&1", "sh");
			// Holds the pipe open, and reads nothing
			try (RandomAccessFile end = new RandomAccessFile(pipe.toFile(), "rw")) {
				ForkedJvm daemon = fleet.launchDaemon(TroubledApplication.class, "--fdwork.daemon.fleet.min=2",
						"--fdwork.daemon.fleet.max=2", "--fdwork.daemon.fleet.cds-archive=false",
						"--fdwork.daemon.fleet.jar-directories=" + fleet.directory(),
						"--fdwork.daemon.fleet.jvm-arguments=-Xmx96m,-XX:+UseSerialGC,-XX:TieredStopAtLevel=1",
						"--fdwork.daemon.queues.default.capacity=" + CAPACITY, "--fdwork.daemon.scrape.timeout=500ms",
						"--fdwork.daemon.console-buffer=16KB", "--fdwork.worker.return-idle-after=0s");
				Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 2);
				try (Prometheus prometheus = new Prometheus(programs, fleet.directory().resolve("prometheus"),
						configuration(fleet))) {
					shouldFire(prometheus, fleet, daemon);
				}
			}
		}
	}

	private void shouldFire(Prometheus prometheus, ForkedFleet fleet, ForkedJvm daemon) throws Exception {
		try (Load load = new Load(fleet.port(), "/", 1)) {
			load.awaitServed(10);
			Await.until(() -> hasSeen(prometheus, "fdwork_workers_requests_seconds_count", 15)
					&& firing(prometheus).isEmpty());
			provoke(prometheus, () -> Client.getAll(fleet.port(), "/fail", 100), "FdworkRequestsFail");
			provoke(prometheus, () -> connectFrom(TroubledApplication.DROPPED, fleet.port()), "FdworkRequestsDropped");
			provoke(prometheus, () -> sendNonsense(fleet.directory().resolve("run").resolve("control.sock")),
					"FdworkPeersRefused");
			provoke(prometheus, () -> Client.getAll(fleet.port(), "/forget", 20), "FdworkDescriptorsLeaked");
			provoke(prometheus, () -> Client.get(fleet.port(), "/shout"), "FdworkOutputDropped");
			Path broken = Files.writeString(fleet.directory().resolve("broken.jar"), "no jar");
			provoke(prometheus, () -> fleet.operate("refresh", "{\"jar\":\"" + broken + "\"}"),
					"FdworkRefreshRolledBack");
		}
		provokeWithoutWorkers(prometheus, fleet);
		provokeWithoutDescriptors(prometheus, fleet, daemon);
		provoke(prometheus, () -> Client.get(fleet.port(), "/fill"), "FdworkHeapFull");
		provoke(prometheus, () -> {
			for (int i = 0; i < 3; i++) {
				Await.until(() -> fleet.workers("READY").size() == 2);
				ProcessHandle.of(fleet.workers("READY").get(0)).orElseThrow().destroyForcibly();
				int lost = i + 1;
				Await.until(() -> fleet.state().at("/fleet/exitCounts/CRASHED").asInt() >= lost);
			}
			return true;
		}, "FdworkWorkersLost");
		provoke(prometheus, () -> {
			daemon.kill();
			return true;
		}, "FdworkDown");
		assertThat(this.provoked).isEqualTo(alerts());
	}

	/**
	 * Workers that are stopped get nothing and say nothing.
	 */
	private void provokeWithoutWorkers(Prometheus prometheus, ForkedFleet fleet) throws Exception {
		List<Long> workers = fleet.workers("READY");
		List<Connection> clients = new ArrayList<>();
		try {
			provoke(prometheus, () -> {
				for (long worker : workers) {
					signal("STOP", worker);
				}
				for (int i = 0; i < 4 * CAPACITY; i++) {
					Connection client = Client.connect(fleet.port());
					clients.add(client);
					client.send("GET", "/", "", true);
				}
				return true;
			}, "FdworkWorkerUnresponsive", "FdworkNothingReady", "FdworkTooFewWorkers", "FdworkQueueFull",
					"FdworkListenerPaused", "FdworkScrapeIncomplete");
			provoke(prometheus, () -> {
				for (long worker : workers) {
					signal("CONT", worker);
				}
				return true;
			}, "FdworkQueueWait");
			for (Connection client : clients) {
				assertThat(client.read().text()).isEqualTo("Hello");
			}
		}
		finally {
			for (Connection client : clients) {
				client.close();
			}
		}
		Await.until(() -> fleet.workers("READY").equals(workers) && fleet.depth() == 0);
	}

	/**
	 * Processes that may have no more open files than they have.
	 */
	private void provokeWithoutDescriptors(Prometheus prometheus, ForkedFleet fleet, ForkedJvm daemon)
			throws Exception {
		List<Long> workers = fleet.workers("READY");
		List<Connection> clients = new ArrayList<>();
		try {
			provoke(prometheus, () -> {
				for (long worker : workers) {
					limit(worker, open(worker));
				}
				for (int i = 0; i < 4; i++) {
					Connection client = Client.connect(fleet.port());
					clients.add(client);
					client.send("GET", "/", "", false);
				}
				return true;
			}, "FdworkFramesRejected", "FdworkWorkerOutOfDescriptors");
		}
		finally {
			for (Connection client : clients) {
				client.close();
			}
			for (long worker : workers) {
				limit(worker, 4096);
			}
		}
		provoke(prometheus, () -> {
			limit(daemon.pid(), daemon.descriptors());
			try (Connection client = Client.connect(fleet.port())) {
				Await.until(() -> fleet.state().isMissingNode());
			}
			finally {
				limit(daemon.pid(), 4096);
			}
			return true;
		}, "FdworkAcceptFails");
	}

	private void provoke(Prometheus prometheus, Callable<?> cause, String... alerts) throws Exception {
		assertThat(firing(prometheus)).as("before there is a cause").doesNotContain(alerts);
		cause.call();
		try {
			Await.until(() -> firing(prometheus).containsAll(List.of(alerts)));
		}
		catch (AssertionError ex) {
			throw new AssertionError(List.of(alerts) + " wanted, and firing are " + firing(prometheus), ex);
		}
		this.provoked.addAll(List.of(alerts));
	}

	private static Set<String> firing(Prometheus prometheus) throws IOException {
		Set<String> names = new TreeSet<>();
		for (JsonNode alert : prometheus.get("/api/v1/alerts").at("/data/alerts")) {
			if (alert.path("state").asString().equals("firing")) {
				names.add(alert.at("/labels/alertname").asString());
			}
		}
		return names;
	}

	private static boolean hasSeen(Prometheus prometheus, String meter, int times) throws IOException {
		String count = prometheus.get("/api/v1/query?query=min(count_over_time(" + meter + "%5B1m%5D))")
			.at("/data/result/0/value/1")
			.asString("0");
		return Double.parseDouble(count) >= times;
	}

	private static boolean connectFrom(String address, int port) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.getByName(address), 0)) {
			assertThat(socket.getInputStream().read()).isEqualTo(-1);
		}
		return true;
	}

	private static boolean sendNonsense(Path control) throws IOException {
		try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
			channel.connect(UnixDomainSocketAddress.of(control));
			channel.write(ByteBuffer.wrap(new byte[4096]));
			return channel.read(ByteBuffer.allocate(4096)) < 0;
		}
		catch (SocketException ex) {
			// Closed with what was not read
			return true;
		}
	}

	private static int open(long pid) throws IOException {
		try (Stream<Path> files = Files.list(Path.of("/proc", String.valueOf(pid), "fd"))) {
			return (int) files.count();
		}
	}

	private static void limit(long pid, int files) throws Exception {
		assertThat(new ProcessBuilder("prlimit", "--pid", String.valueOf(pid), "--nofile=" + files + ":").start()
			.waitFor()).isZero();
	}

	private static void signal(String name, long pid) throws Exception {
		assertThat(new ProcessBuilder("kill", "-" + name, String.valueOf(pid)).start().waitFor()).isZero();
	}

	private static Set<String> alerts() throws IOException {
		Set<String> names = new TreeSet<>();
		Files.readString(SHIPPED.resolve("fdwork-alerts.yml")).lines().forEach((line) -> {
			if (line.contains("- alert: ")) {
				names.add(line.substring(line.indexOf(": ") + 2));
			}
		});
		return names;
	}

	private static String configuration(ForkedFleet fleet) throws IOException {
		Path rules = fleet.directory().resolve("rules.yml");
		Files.writeString(rules,
				Files.readString(SHIPPED.resolve("fdwork-alerts.yml"))
					.replaceAll("for: \\d+m", "for: 2s")
					.replaceAll("\\[\\d+[mh]]", "[20s]"));
		return Files.readString(SHIPPED.resolve("prometheus.yml"))
			.replaceAll("1[05]s", "1s")
			.replace("fdwork-alerts.yml", rules.toString())
			.replace("127.0.0.1:9090", "127.0.0.1:" + fleet.managementPort());
	}

}
