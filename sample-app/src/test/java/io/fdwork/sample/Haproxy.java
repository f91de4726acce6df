package io.fdwork.sample;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;

import io.fdwork.sample.fixture.Await;
import org.jspecify.annotations.Nullable;

/**
 * An HAProxy of the system, or of the package of Debian.
 */
final class Haproxy implements AutoCloseable {

	private final Process process;

	private final Path log;

	/**
	 * Start it.
	 * @param program the program
	 * @param directory where its configuration and its log go
	 * @param configuration its configuration
	 */
	Haproxy(Path program, Path directory, String configuration) throws IOException {
		Path file = Files.writeString(directory.resolve("haproxy.cfg"), configuration);
		this.log = directory.resolve("haproxy.log");
		this.process = new ProcessBuilder(program.toString(), "-db", "-f", file.toString()).redirectErrorStream(true)
			.redirectOutput(this.log.toFile())
			.start();
	}

	/**
	 * Find the program.
	 * @return where it is, {@code null} if it cannot be had
	 */
	static @Nullable Path program() throws Exception {
		String program = Debian.find("find-haproxy", Path.of("target", "haproxy"));
		return (program != null) ? Path.of(program) : null;
	}

	/**
	 * Wait until it listens on a port of the loopback address.
	 */
	void awaitListening(int port) {
		Await.until(() -> {
			if (!this.process.isAlive()) {
				throw new AssertionError("HAProxy has ended: " + Files.readString(this.log));
			}
			try (Socket socket = new Socket("127.0.0.1", port)) {
				return socket.isConnected();
			}
			catch (IOException ex) {
				return false;
			}
		});
	}

	@Override
	public void close() throws Exception {
		this.process.destroyForcibly().waitFor();
	}

}
