package io.fdwork.sample;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.sample.fixture.Await;
import io.fdwork.sample.fixture.Client;
import io.fdwork.sample.fixture.ForkedFleet;
import io.fdwork.sample.fixture.ForkedJvm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A daemon that gets its socket as from systemd, and tells a socket as that of systemd.
 */
@Timeout(600)
class SystemdIT {

	/**
	 * Listens, says that this is for the process that it becomes, and becomes it.
	 */
	private static final String PASS_SOCKET = """
			import os, socket, sys
			listening = socket.create_server(('127.0.0.1', int(sys.argv[1])))
			os.dup2(listening.fileno(), 3)
			os.set_inheritable(3, True)
			os.environ.update(LISTEN_FDS='1', LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES='app.socket',
				NOTIFY_SOCKET=sys.argv[2], WATCHDOG_USEC='2000000')
			os.execvp(sys.argv[3], sys.argv[3:])
			""";

	@Test
	void shouldServeOnSocketOfSystemdAndTellHowItIs() throws Exception {
		assumeThat(works("python3", "-c", "import socket")).as("python3 is installed").isTrue();
		try (ForkedFleet fleet = new ForkedFleet(); AFUNIXDatagramChannel notifySocket = AFUNIXDatagramChannel.open()) {
			Path address = fleet.directory().resolve("notify");
			notifySocket.bind(AFUNIXSocketAddress.of(address));
			notifySocket.configureBlocking(false);
			fleet.prefix("python3", "-c", PASS_SOCKET, String.valueOf(fleet.port()), address.toString());
			ForkedJvm daemon = startDaemon(fleet);
			assertThat(daemon.log()).contains("Adopted the listener", "app.socket");
			assertServes(fleet);
			long worker = fleet.workers("READY").get(0);
			String environment = Files.readString(Path.of("/proc", String.valueOf(worker), "environ"));
			assertThat(environment).doesNotContain("LISTEN_FDS", "LISTEN_PID", "NOTIFY_SOCKET", "WATCHDOG_USEC");
			List<String> told = new ArrayList<>();
			Await.until(() -> {
				receive(notifySocket, told);
				return told.stream().filter("WATCHDOG=1"::equals).count() >= 2;
			});
			assertThat(told).first().asString().startsWith("READY=1\nSTATUS=");
			assertThat(daemon.terminate()).isZero();
			receive(notifySocket, told);
			assertThat(told).anyMatch((message) -> message.startsWith("STOPPING=1"))
				.noneMatch((message) -> message.contains("FDSTORE"));
		}
	}

	@Test
	void shouldServeConnectionThatActivatedIt() throws Exception {
		assumeThat(works("systemd-socket-activate", "--version")).as("systemd-socket-activate is installed").isTrue();
		try (ForkedFleet fleet = new ForkedFleet()) {
			fleet.prefix("systemd-socket-activate", "--fdname=app.socket", "-l", "127.0.0.1:" + fleet.port());
			ForkedJvm daemon = fleet.launchDaemon(arguments());
			Await.until(() -> daemon.requireAlive() && daemon.log().contains("Listening on"));
			// Before this one there is no JVM
			assertThat(Client.getAll(fleet.port(), "/pid", 1).get(0).get()).isNotEmpty();
			assertThat(daemon.log()).contains("Adopted the listener", "app.socket");
			assertServes(fleet);
			assertThat(daemon.terminate()).isZero();
		}
	}

	private static ForkedJvm startDaemon(ForkedFleet fleet) throws IOException {
		ForkedJvm daemon = fleet.startDaemon(arguments());
		Await.until(() -> daemon.requireAlive() && fleet.workers("READY").size() == 1);
		return daemon;
	}

	private static String[] arguments() {
		return new String[] { "--fdwork.daemon.fleet.min=1", "--fdwork.daemon.fleet.max=1",
				"--fdwork.daemon.fleet.cds-archive=false", "--fdwork.daemon.fleet.output=file" };
	}

	private static void assertServes(ForkedFleet fleet) throws IOException {
		Await.until(() -> fleet.workers("READY").size() == 1);
		for (int i = 0; i < 20; i++) {
			assertThat(Client.get(fleet.port(), "/pid")).isEqualTo(String.valueOf(fleet.workers("READY").get(0)));
		}
	}

	private static void receive(AFUNIXDatagramChannel socket, List<String> messages) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocateDirect(4096);
		socket.receive(buffer);
		while (buffer.position() > 0) {
			messages.add(StandardCharsets.UTF_8.decode(buffer.flip()).toString());
			socket.receive(buffer.clear());
		}
	}

	private static boolean works(String... command) throws InterruptedException {
		try {
			return new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(ProcessBuilder.Redirect.DISCARD)
				.start()
				.waitFor() == 0;
		}
		catch (IOException ex) {
			return false;
		}
	}

}
