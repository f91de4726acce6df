package io.fdwork.sample;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;

import io.fdwork.sample.fixture.Ports;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The first minute with the sample, when it goes wrong or is over early.
 */
@Tag("long")
@Timeout(600)
class RunFailureIT {

	private static final int MAX_LINES = 25;

	@Test
	void shouldNamePortAndRemedyWhenPortIsInUse() throws Exception {
		try (ServerSocket socket = new ServerSocket(Ports.free(), 10, InetAddress.getLoopbackAddress());
				RunScript same = new RunScript(socket.getLocalPort(), Ports.free());
				RunScript management = new RunScript(Ports.free(), socket.getLocalPort())) {
			for (RunScript script : List.of(same, management)) {
				assertThat(script.awaitExit()).isEqualTo(1);
				assertThat(script.lines()).singleElement()
					.asString()
					.contains("Port " + socket.getLocalPort() + " is in use", "sample-app/run --server.port=",
							"--management.server.port=");
			}
		}
	}

	@Test
	void shouldShowEndOfLogWhenDaemonDoesNotStart() throws Exception {
		try (RunScript script = new RunScript("--fdwork.daemon.queues.default.capacity=0")) {
			assertThat(script.awaitExit()).isEqualTo(1);
			assertThat(script.lines()).hasSizeLessThanOrEqualTo(MAX_LINES)
				.anyMatch((line) -> line.contains("fdwork.daemon.queues.default.capacity"))
				.contains("The daemon did not start.", "Stopped. No process is left.");
		}
	}

	@Test
	void shouldShowEndOfLogWhenWorkersDoNotStart() throws Exception {
		try (RunScript script = new RunScript("--fdwork.daemon.fleet.jvm-arguments=-Xnonsense")) {
			assertThat(script.awaitExit()).isEqualTo(1);
			assertThat(script.lines()).hasSizeLessThanOrEqualTo(MAX_LINES)
				.anyMatch((line) -> line.contains("Unrecognized option: -Xnonsense"))
				.contains("The workers did not start.", "Stopped. No process is left.");
		}
	}

	@Test
	void shouldLeaveNoProcessWhenStoppedWhileDaemonStarts() throws Exception {
		try (RunScript script = new RunScript()) {
			List<ProcessHandle> started = script.awaitDaemon();
			assertThat(script.terminate()).isZero();
			assertThat(script.lines()).hasSizeLessThanOrEqualTo(MAX_LINES)
				.last()
				.isEqualTo("Stopped. No process is left.");
			assertThat(started).noneMatch(ProcessHandle::isAlive);
		}
	}

}
