package io.fdwork.descriptor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.OpenFiles;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link UnixStream} and {@link UnixStreamListener}.
 */
@Timeout(60)
class UnixStreamTests {

	@TempDir
	Path directory;

	private UnixStreamListener listener;

	private UnixStream client;

	private UnixStream server;

	@BeforeEach
	void connect() throws IOException {
		this.listener = UnixStreamListener.bind(socket(), 8);
		this.client = UnixStream.connect(socket());
		this.server = this.listener.accept();
		this.client.setTimeout(Duration.ofSeconds(5));
		this.server.setTimeout(Duration.ofSeconds(5));
	}

	@AfterEach
	void close() {
		this.client.close();
		this.server.close();
		this.listener.close();
	}

	private Path socket() {
		return this.directory.resolve("s");
	}

	@Test
	void shouldReturnNothingWhenNobodyConnectsInTime() throws Exception {
		this.listener.setTimeout(Duration.ofMillis(50));
		OpenFiles.assertNoneLeaked(3, () -> assertThat(this.listener.accept()).isNull());
	}

	@Test
	void shouldTellWhoIsAtTheOtherEnd() throws IOException {
		Number uid = (Number) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
		Number gid = (Number) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
		PeerCredentials expected = new PeerCredentials(ProcessHandle.current().pid(), uid.longValue(), gid.longValue());
		assertThat(this.server.peer()).isEqualTo(expected);
		assertThat(this.client.peer()).isEqualTo(expected);
	}

	@Test
	void shouldCarryBytesBothWays() throws IOException {
		this.client.write(new byte[] { 1, 2, 3 }, List.of());
		this.server.write(new byte[] { 4 }, List.of());
		byte[] buffer = new byte[10];
		assertThat(this.server.read(buffer, 2, 8)).isEqualTo(3);
		assertThat(buffer).startsWith(0, 0, 1, 2, 3);
		assertThat(this.client.read(buffer, 0, 1)).isEqualTo(1);
		assertThat(buffer[0]).isEqualTo((byte) 4);
	}

	@Test
	void shouldCarryDescriptorsWhenAllowed() throws IOException {
		this.server.allowDescriptors(10);
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
			assertThat(pipe.source().isOpen()).as("stays the sender's").isTrue();
			pipe.close();
			assertThat(this.server.read(new byte[8], 0, 8)).isEqualTo(1);
			List<Descriptor> descriptors = this.server.takeDescriptors();
			assertThat(descriptors).hasSize(2);
			assertConnected(descriptors.get(0), descriptors.get(1));
			assertThat(this.server.takeDescriptors()).as("taken").isEmpty();
			descriptors.forEach(Descriptor::close);
		}
	}

	@Test
	void shouldReadWhatWasSentBeforeInputWasShutDown() throws IOException {
		this.server.allowDescriptors(10);
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
			this.server.shutdownInput();
			this.server.shutdownInput();
			assertThatIOException().isThrownBy(() -> this.client.write(new byte[] { 2 }, List.of(pipe.source())));
			assertThat(this.server.read(new byte[8], 0, 8)).isEqualTo(1);
			List<Descriptor> descriptors = this.server.takeDescriptors();
			assertThat(descriptors).hasSize(2);
			assertConnected(descriptors.get(0), descriptors.get(1));
			descriptors.forEach(Descriptor::close);
			assertThat(this.server.read(new byte[8], 0, 8)).isEqualTo(-1);
		}
	}

	@Test
	void shouldCarryDescriptorsWithOneWriteOnly() throws IOException {
		this.server.allowDescriptors(10);
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.client.write(new byte[] { 1 }, List.of(pipe.source()));
			this.server.read(new byte[1], 0, 1);
			this.server.takeDescriptors().forEach(Descriptor::close);
			this.client.write(new byte[] { 1 }, List.of());
			this.server.read(new byte[1], 0, 1);
			assertThat(this.server.takeDescriptors()).isEmpty();
		}
	}

	@Test
	void shouldBoundReadsAndWritesEachByItsOwnTime() throws Exception {
		this.server.setTimeout(Duration.ofSeconds(2));
		this.server.setReadTimeout(Duration.ofMillis(150));
		long start = System.nanoTime();
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> this.server.read(new byte[1], 0, 1));
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(150),
				Duration.ofMillis(1500));
		// The first ones fill the buffer
		long[] last = new long[1];
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> {
			while (true) {
				last[0] = System.nanoTime();
				this.server.write(new byte[64 * 1024], List.of());
			}
		});
		assertThat(Duration.ofNanos(System.nanoTime() - last[0])).isBetween(Duration.ofMillis(1500),
				Duration.ofSeconds(20));
	}

	@Test
	void shouldTakeNoDescriptorUnlessAllowed() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(50, () -> {
				this.client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
				assertThat(this.server.read(new byte[8], 0, 8)).isEqualTo(1);
				assertThat(this.server.takeDescriptors()).isEmpty();
			});
		}
	}

	// Traps 4 and 5
	@Test
	void shouldLeaveTakenDescriptorsAndStrangersAloneWhenClosed() throws IOException {
		this.server.allowDescriptors(10);
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			this.client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
			this.server.read(new byte[1], 0, 1);
			List<Descriptor> taken = this.server.takeDescriptors();
			this.client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
			this.server.read(new byte[1], 0, 1);
			this.server.takeDescriptors().forEach(Descriptor::close);
			List<Descriptor.Pipe> strangers = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				strangers.add(Descriptor.pipe());
			}
			this.server.close();
			assertConnected(taken.get(0), taken.get(1));
			taken.forEach(Descriptor::close);
			for (Descriptor.Pipe stranger : strangers) {
				assertConnected(stranger.source(), stranger.sink());
				stranger.close();
			}
		}
	}

	@Test
	void shouldLeaveNothingOpenWhenClosedWithDescriptorsThatNobodyTook() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(20, () -> {
				try (UnixStream client = UnixStream.connect(socket()); UnixStream server = this.listener.accept()) {
					server.allowDescriptors(10);
					client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
					server.read(new byte[1], 0, 1);
					client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
				}
			});
		}
	}

	@Test
	void shouldBreakWhenMoreDescriptorsComeThanAreAllowed() throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(20, () -> {
				try (UnixStream client = UnixStream.connect(socket()); UnixStream server = this.listener.accept()) {
					server.allowDescriptors(3);
					client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
					server.read(new byte[1], 0, 1);
					client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
					assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> server.read(new byte[1], 0, 1))
						.withMessageContaining("4 descriptors");
					assertThat(server.takeDescriptors()).isEmpty();
				}
			});
		}
	}

	// Trap 7: junixsocket leaks what it has room for when more come
	@ParameterizedTest
	@ValueSource(ints = { 4, 60, 61, 253 })
	void shouldBreakAndLeakNothingWhenAnyNumberOfDescriptorsComesAtOnce(int count) throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(3, () -> {
				try (UnixStream client = UnixStream.connect(socket()); UnixStream server = this.listener.accept()) {
					server.allowDescriptors(3);
					client.write(new byte[] { 1 }, Collections.nCopies(count, pipe.source()));
					assertThatExceptionOfType(ProtocolException.class).isThrownBy(() -> server.read(new byte[1], 0, 1))
						.withMessageContaining(count + " descriptors");
				}
			});
		}
	}

	@Test
	void shouldLeaveDescriptorsToTheKernelWhenAllowedNoMore() throws IOException {
		this.server.allowDescriptors(3);
		this.server.allowDescriptors(0);
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(20, () -> {
				this.client.write(new byte[] { 1 }, List.of(pipe.source(), pipe.sink()));
				assertThat(this.server.read(new byte[8], 0, 8)).isEqualTo(1);
				assertThat(this.server.takeDescriptors()).isEmpty();
			});
		}
	}

	@Test
	void shouldEndReadWhenTimeoutRunsOut() throws IOException {
		this.server.setTimeout(Duration.ofMillis(50));
		assertThatExceptionOfType(SocketTimeoutException.class).isThrownBy(() -> this.server.read(new byte[1], 0, 1));
		this.client.write(new byte[] { 7 }, List.of());
		assertThat(this.server.read(new byte[1], 0, 1)).as("usable after a timeout").isEqualTo(1);
	}

	@Test
	void shouldEndWriteWhenTimeoutRunsOut() throws IOException {
		this.client.setTimeout(Duration.ofMillis(100));
		byte[] bytes = new byte[64 * 1024];
		assertThatIOException().isThrownBy(() -> {
			for (int i = 0; i < 1000; i++) {
				this.client.write(bytes, List.of());
			}
		});
	}

	@Test
	void shouldEndStreamWhenPeerCloses() throws IOException {
		this.client.close();
		assertThat(this.server.read(new byte[1], 0, 1)).isEqualTo(-1);
	}

	@Test
	void shouldEndWaitingReadWhenClosed() throws Exception {
		this.server.setTimeout(Duration.ZERO);
		Thread[] reader = new Thread[1];
		CompletableFuture<Object> result = new CompletableFuture<>();
		reader[0] = new Thread(() -> {
			try {
				result.complete(this.server.read(new byte[1], 0, 1));
			}
			catch (IOException ex) {
				result.complete(ex);
			}
		});
		reader[0].start();
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> {
			StackTraceElement[] stack = reader[0].getStackTrace();
			return stack.length > 0 && stack[0].isNativeMethod();
		});
		this.server.close();
		assertThat(result.get(5, TimeUnit.SECONDS)).isNotNull();
	}

	@Test
	void shouldEndWaitingAcceptWhenClosed() throws Exception {
		CompletableFuture<Throwable> result = new CompletableFuture<>();
		Thread acceptor = new Thread(() -> {
			try {
				this.listener.accept();
			}
			catch (IOException ex) {
				result.complete(ex);
			}
		});
		acceptor.start();
		Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> {
			StackTraceElement[] stack = acceptor.getStackTrace();
			return stack.length > 0 && stack[0].isNativeMethod();
		});
		this.listener.close();
		assertThat(result.get(5, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
		assertThat(socket()).doesNotExist();
	}

	@Test
	void shouldReplaceStaleSocketFile() throws IOException {
		Path path = this.directory.resolve("stale");
		Files.createFile(path);
		try (UnixStreamListener second = UnixStreamListener.bind(path, 1);
				UnixStream client = UnixStream.connect(path);
				UnixStream server = second.accept()) {
			client.write(new byte[] { 1 }, List.of());
			assertThat(server.read(new byte[1], 0, 1)).isEqualTo(1);
		}
	}

	@Test
	void shouldRefuseToConnectWhenNobodyListens() {
		OpenFiles.assertNoneLeaked(20,
				() -> assertThatIOException().isThrownBy(() -> UnixStream.connect(this.directory.resolve("nobody"))));
	}

	@Test
	void shouldLeaveNothingOpenWhenClosed() {
		OpenFiles.assertNoneLeaked(30, () -> {
			try (UnixStream client = UnixStream.connect(socket()); UnixStream server = this.listener.accept()) {
				client.write(new byte[] { 1 }, List.of());
				server.read(new byte[1], 0, 1);
			}
		});
	}

	private static void assertConnected(Descriptor source, Descriptor sink) throws IOException {
		try (OutputStream out = sink.duplicate().toOutputStream();
				InputStream in = source.duplicate().toInputStream()) {
			out.write('c');
			assertThat(in.read()).isEqualTo('c');
		}
	}

}
