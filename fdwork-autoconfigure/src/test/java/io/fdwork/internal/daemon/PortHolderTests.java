package io.fdwork.internal.daemon;

import java.io.File;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for {@link PortHolder}.
 */
class PortHolderTests {

	private static final Path PYTHON = Path.of("/usr/bin/python3");

	@Test
	void shouldNameThisProcessOnlyWhenNobodyElseHasThePort() throws Exception {
		assumeThat(PYTHON).isExecutable();
		String own = "pid " + ProcessHandle.current().pid() + " ";
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			int port = socket.getLocalPort();
			assertThat(PortHolder.describe(port)).contains(own);
			Process other = new ProcessBuilder(PYTHON.toString(), "-c", """
					import socket, sys
					s = socket.socket()
					s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
					s.bind(('127.0.0.2', %d))
					s.listen()
					print('listening', flush=True)
					sys.stdin.read()
					""".formatted(port)).redirectError(new File("/dev/null")).start();
			try {
				assertThat(other.inputReader().readLine()).isEqualTo("listening");
				assertThat(PortHolder.describe(port)).contains("pid " + other.pid() + " ").doesNotContain(own);
			}
			finally {
				other.destroyForcibly();
				assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
			}
		}
	}

}
