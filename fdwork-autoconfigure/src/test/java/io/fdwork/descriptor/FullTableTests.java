package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.fdwork.LimitedJvm;
import io.fdwork.OpenFiles;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of what becomes of descriptors that come when the table of open files is almost
 * full: that of another JVM.
 */
class FullTableTests {

	private static final int LIMIT = 400;

	private static final int SENT = 20;

	@TempDir
	Path temp;

	@Test
	void shouldCloseWhatKernelHasInstalledOfMessageThatDoesNotFit() throws Exception {
		LimitedJvm.run(FullTableTests.class, LIMIT, this.temp);
	}

	/**
	 * Fill the table, and send.
	 * @param args the directory
	 */
	public static void main(String[] args) throws Exception {
		Path path = Path.of(args[0], "s");
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				UnixStreamListener listener = UnixStreamListener.bind(path, 8);
				UnixStream client = UnixStream.connect(path);
				UnixStream server = listener.accept();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			ByteBuffer message = ByteBuffer.allocateDirect(8);
			List<Descriptor> sent = Collections.nCopies(SENT, pipe.source());
			server.setTimeout(Duration.ofSeconds(10));
			server.allowDescriptors(SENT);
			// Loads what it takes to fail
			OpenFiles.count();
			assertThatExceptionOfType(DescriptorsExhaustedException.class).isThrownBy(() -> {
				pair.sendingEnd().send(message.clear(), Collections.nCopies(61, pipe.source()));
				receiver.receive(message.clear());
			});
			CompletableFuture<Integer> waiting = readOnThread(server);
			List<Descriptor> filling = fill(5);
			int before = OpenFiles.count();

			pair.sendingEnd().send(message.clear(), sent);
			assertThatExceptionOfType(DescriptorsExhaustedException.class)
				.isThrownBy(() -> receiver.receive(message.clear()));
			assertThat(OpenFiles.count()).as("of a datagram").isEqualTo(before);

			client.write(new byte[] { 1 }, sent);
			assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> waiting.get(10, TimeUnit.SECONDS))
				.withCauseInstanceOf(DescriptorsExhaustedException.class);
			assertThat(OpenFiles.count()).as("of a stream that was being read").isEqualTo(before);

			client.write(new byte[] { 2 }, sent);
			byte[] read = new byte[1];
			assertThat(server.read(read, 0, 1)).isEqualTo(1);
			assertThat(read[0]).isEqualTo((byte) 2);
			assertThat(server.takeDescriptors()).isEmpty();
			assertThat(server.takeDiscarded()).isTrue();
			assertThat(OpenFiles.count()).as("of a stream that is read then").isEqualTo(before);

			filling.forEach(Descriptor::close);
			client.write(new byte[] { 3 }, sent);
			assertThat(server.read(read, 0, 1)).isEqualTo(1);
			assertThat(server.takeDiscarded()).isFalse();
			List<Descriptor> descriptors = server.takeDescriptors();
			assertThat(descriptors).hasSize(SENT);
			descriptors.forEach(Descriptor::close);
		}
	}

	private static CompletableFuture<Integer> readOnThread(UnixStream stream) {
		CompletableFuture<Integer> result = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				result.complete(stream.read(new byte[1], 0, 1));
			}
			catch (IOException ex) {
				result.completeExceptionally(ex);
			}
		}, "test-reader");
		thread.setDaemon(true);
		thread.start();
		// It has prepared for descriptors by then
		Awaitility.await().during(Duration.ofMillis(200)).until(() -> !result.isDone());
		return result;
	}

	private static List<Descriptor> fill(int left) throws IOException {
		List<Descriptor> filling = new ArrayList<>();
		try (Descriptor.Pipe pipe = Descriptor.pipe()) {
			while (DescriptorTable.measureFree() > left - 2) {
				filling.add(pipe.source().duplicate());
			}
		}
		return filling;
	}

}
