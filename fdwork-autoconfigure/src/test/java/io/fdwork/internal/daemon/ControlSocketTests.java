package io.fdwork.internal.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.fdwork.descriptor.UnixStream;
import io.fdwork.internal.wire.ControlConnection;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link ControlSocket}.
 */
@Timeout(60)
class ControlSocketTests {

	private static final Duration SOON = Duration.ofSeconds(10);

	@TempDir
	Path parent;

	private final BlockingQueue<ControlConnection> peers = new LinkedBlockingQueue<>();

	private DaemonDirectory directory;

	private ControlSocket socket;

	@BeforeEach
	void bind() throws IOException {
		this.directory = DaemonDirectory.open(this.parent.resolve("run"));
		this.socket = new ControlSocket(this.directory);
	}

	@AfterEach
	void close() {
		this.socket.close();
		this.peers.forEach(ControlConnection::close);
		this.directory.close();
	}

	@Test
	void shouldLeavePeersInBacklogUntilStarted() throws Exception {
		assertThat(this.socket.isAlive()).isFalse();
		try (UnixStream peer = connect()) {
			assertThat(this.peers).isEmpty();
			this.socket.start(this.peers::add);
			assertThat(this.socket.isAlive()).isTrue();
			assertAccepted();
		}
	}

	@Test
	void shouldPutBackSocketThatSomebodyDeleted() throws Exception {
		this.socket.start(this.peers::add);
		Files.delete(this.directory.controlSocket());
		Awaitility.await().atMost(SOON).until(this::isConnectable);
		assertAccepted();
	}

	// What is put in its place may get the inode of a socket that has closed itself
	@RepeatedTest(5)
	void shouldPutBackSocketThatSomebodyReplaced() throws Exception {
		this.socket.start(this.peers::add);
		Files.delete(this.directory.controlSocket());
		Files.createFile(this.directory.controlSocket());
		Awaitility.await().atMost(SOON).until(this::isConnectable);
		assertAccepted();
	}

	@Test
	void shouldGoOnAcceptingWhenNoThreadIsLeftForPeer() throws Exception {
		AtomicBoolean failed = new AtomicBoolean();
		this.socket.start((peer) -> {
			this.peers.add(peer);
			if (failed.compareAndSet(false, true)) {
				throw new OutOfMemoryError("expected");
			}
		});
		try (UnixStream first = connect(); UnixStream second = connect()) {
			assertAccepted();
			assertAccepted();
		}
	}

	@Test
	void shouldEndItsThreadWhenClosed() {
		this.socket.start(this.peers::add);
		this.socket.close();
		assertThat(this.socket.isClosed()).isTrue();
		Awaitility.await().atMost(SOON).until(() -> !this.socket.isAlive());
		assertThatIOException().isThrownBy(this::connect);
		assertThat(this.directory.controlSocket()).doesNotExist();
	}

	private void assertAccepted() throws InterruptedException {
		ControlConnection peer = this.peers.poll(10, TimeUnit.SECONDS);
		assertThat(peer).as("a peer").isNotNull();
		peer.close();
	}

	private UnixStream connect() throws IOException {
		return UnixStream.connect(this.directory.controlSocket());
	}

	private boolean isConnectable() {
		try (UnixStream peer = connect()) {
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

}
