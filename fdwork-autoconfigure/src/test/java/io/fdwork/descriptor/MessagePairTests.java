package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import io.fdwork.Connections;
import io.fdwork.OpenFiles;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.newsclub.net.unix.AFSocketType;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketPair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link MessagePair}, {@link SendingEnd}, {@link ReceivingEnd} and
 * {@link Receiver}. The traps are those of junixsocket.
 */
@Timeout(60)
class MessagePairTests {

	private static final Duration TIMEOUT = Duration.ofMillis(200);

	@Test
	void shouldSayThatDescriptorWasClosedJustWhenItHadBeenReceived() {
		assertThatIOException().isThrownBy(() -> Numbers.detachAll(new FileDescriptor[] { new FileDescriptor() }))
			.withMessageContaining("just when it had been received");
	}

	@Test
	void shouldReceiveMessageAndDescriptorsInOrder() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			assertThat(pair.sendingEnd().send(message(1), List.of(pipe.source(), pipe.sink()))).isTrue();
			assertThat(pair.sendingEnd().send(message(2), List.of())).isTrue();
			pipe.close();
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			try (Received received = receive(receiver, buffer)) {
				assertThat(received.length()).isEqualTo(8);
				assertThat(buffer.getLong(0)).isEqualTo(1);
				assertThat(received.descriptors()).hasSize(2);
				assertConnected(received.descriptors().get(0), received.descriptors().get(1));
			}
			try (Received received = receive(receiver, buffer)) {
				assertThat(buffer.getLong(0)).isEqualTo(2);
				assertThat(received.descriptors()).isEmpty();
			}
		}
	}

	@Test
	void shouldLeaveSentDescriptorsWithSender() throws IOException {
		try (MessagePair pair = MessagePair.open(); Descriptor.Pipe pipe = Descriptor.pipe()) {
			pair.sendingEnd().send(message(1), List.of(pipe.source()));
			assertThat(pipe.source().isOpen()).isTrue();
			assertConnected(pipe.source(), pipe.sink());
		}
	}

	// A pair itself costs two descriptors more than it should, which junixsocket loses
	@Test
	void shouldLeaveNothingOpenWhenReceiversAreClosed() throws IOException {
		try (MessagePair pair = MessagePair.open()) {
			OpenFiles.assertNoneLeaked(30, () -> {
				try (Receiver receiver = pair.receivingEnd().newReceiver(); Descriptor.Pipe pipe = Descriptor.pipe()) {
					for (int i = 0; i < 20; i++) {
						pair.sendingEnd().send(message(i), List.of(pipe.source(), pipe.sink()));
						receive(receiver, ByteBuffer.allocateDirect(64)).close();
					}
				}
			});
		}
	}

	@Test
	void shouldLetGoOfThePairWhenEveryReceiverIsClosed() throws IOException {
		try (MessagePair pair = MessagePair.open()) {
			pair.receivingEnd().newReceiver().close();
			pair.receivingEnd().close();
			assertThatIOException().as("nobody can receive any more")
				.isThrownBy(() -> pair.sendingEnd().send(message(1), List.of()));
		}
	}

	// Trap 2
	@Test
	void shouldLeakNoDescriptorPerConnectionWhenServedAsChannel() throws IOException {
		try (Connections connections = new Connections();
				MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver()) {
			OpenFiles.assertNoneLeaked(50, () -> {
				try (Connections.Connection connection = connections.connect()) {
					pair.sendingEnd().send(message(1), List.of(connection.descriptor()));
					connection.descriptor().close();
					Received received = receive(receiver, ByteBuffer.allocateDirect(64));
					received.descriptors().get(0).toSocketChannel(null).close();
					assertThat(connection.client().getInputStream().read()).isEqualTo(-1);
				}
			});
		}
	}

	// Traps 3 and 4
	@Test
	void shouldLeaveConnectionAloneWhenReceiverCloses() throws IOException {
		try (Connections connections = new Connections(); Connections.Connection connection = connections.connect()) {
			MessagePair pair = MessagePair.open();
			Receiver receiver = pair.receivingEnd().newReceiver();
			pair.sendingEnd().send(message(1), List.of(connection.descriptor()));
			connection.descriptor().close();
			try (Received received = receive(receiver, ByteBuffer.allocateDirect(64))) {
				receiver.close();
				pair.close();
				try (OutputStream out = received.descriptors().get(0).toOutputStream()) {
					out.write('a');
				}
				assertThat(connection.client().getInputStream().read()).isEqualTo('a');
			}
		}
	}

	// Trap 5
	@Test
	void shouldLeaveStrangersAloneWhenReceiverCloses() throws IOException {
		try (MessagePair pair = MessagePair.open(); Descriptor.Pipe pipe = Descriptor.pipe()) {
			Receiver receiver = pair.receivingEnd().newReceiver();
			List<Integer> numbers = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				pair.sendingEnd().send(message(1), List.of(pipe.source(), pipe.sink()));
				try (Received received = receive(receiver, ByteBuffer.allocateDirect(64))) {
					received.descriptors().forEach((descriptor) -> numbers.add(descriptor.number()));
				}
			}
			// New descriptors get the lowest free numbers,
			// which are those that were received
			List<Descriptor> strangers = new ArrayList<>();
			for (int i = 0; i < 6; i++) {
				strangers.add(pipe.sink().duplicate());
			}
			assertThat(strangers.stream().map(Descriptor::number)).containsAnyElementsOf(numbers);
			receiver.close();
			for (Descriptor stranger : strangers) {
				assertConnected(pipe.source(), stranger);
				stranger.close();
			}
		}
	}

	// Traps 4 and 5, where the JDK is closed to fdwork
	@Test
	void shouldDetachByDuplicating() throws IOException {
		try (AFUNIXSocketPair<AFUNIXDatagramChannel> carrier = AFUNIXSocketPair.openDatagram(AFSocketType.SOCK_DGRAM);
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			carrier.getSocket2().setAncillaryReceiveBufferSize(256);
			List<Descriptor> detached = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				carrier.getSocket1().setOutboundFileDescriptors(Numbers.view(pipe.sink().number()));
				carrier.getSocket1().write(message(1));
				carrier.getSocket2().read(ByteBuffer.allocateDirect(8));
				FileDescriptor received = carrier.getSocket2().getReceivedFileDescriptors()[0];
				detached.add(new Descriptor(Numbers.detachByDuplicating(received)));
				assertThat(received.valid()).isFalse();
			}
			detached.remove(0).close();
			detached.add(pipe.sink().duplicate());
			detached.add(pipe.sink().duplicate());
			carrier.close();
			for (Descriptor descriptor : detached) {
				assertConnected(pipe.source(), descriptor);
				descriptor.close();
			}
		}
	}

	// Trap 6
	@Test
	void shouldSendDescriptorsWithRetryWhenPairWasFull() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			int held = fill(pair.sendingEnd());
			ByteBuffer message = message(77);
			for (int i = 0; i < 3; i++) {
				assertThat(pair.sendingEnd().send(message, List.of(pipe.source()))).isFalse();
				assertThat(message.remaining()).isEqualTo(8);
			}
			for (int i = 0; i < held; i++) {
				receive(receiver, buffer).close();
			}
			assertThat(pair.sendingEnd().send(message, List.of(pipe.source()))).isTrue();
			try (Received received = receive(receiver, buffer)) {
				assertThat(buffer.getLong(0)).isEqualTo(77);
				assertThat(received.descriptors()).hasSize(1);
				assertConnected(received.descriptors().get(0), pipe.sink());
			}
		}
	}

	@Test
	void shouldNotSendDescriptorsOfRefusedMessageWithNextOne() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			int held = fill(pair.sendingEnd());
			assertThat(pair.sendingEnd().send(message(1), List.of(pipe.source()))).isFalse();
			for (int i = 0; i < held; i++) {
				receive(receiver, buffer).close();
			}
			assertThat(pair.sendingEnd().send(message(2), List.of())).isTrue();
			try (Received received = receive(receiver, buffer)) {
				assertThat(received.descriptors()).isEmpty();
			}
		}
	}

	@Test
	void shouldRefuseWithoutSideEffectsWhenMessageIsTooLong() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			ByteBuffer tooLong = ByteBuffer.allocateDirect(pair.sendingEnd().bufferSize() + 1);
			assertThatIOException().isThrownBy(() -> pair.sendingEnd().send(tooLong, List.of(pipe.source())));
			assertThat(pair.sendingEnd().send(message(3), List.of())).isTrue();
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			try (Received received = receive(receiver, buffer)) {
				assertThat(buffer.getLong(0)).isEqualTo(3);
				assertThat(received.descriptors()).isEmpty();
			}
		}
	}

	// Trap 7
	@Test
	void shouldReceiveSixtyDescriptors() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(3, () -> {
				pair.sendingEnd().send(message(1), repeated(pipe.source(), 60));
				try (Received received = receive(receiver, ByteBuffer.allocateDirect(64))) {
					assertThat(received.descriptors()).hasSize(60);
				}
			});
		}
	}

	// Trap 7
	@Test
	void shouldLoseOnlyTheMessageWhenItHasMoreDescriptorsThanFit() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			OpenFiles.assertNoneLeaked(3, () -> {
				pair.sendingEnd().send(message(1), repeated(pipe.source(), 61));
				assertThatExceptionOfType(DescriptorsExhaustedException.class)
					.isThrownBy(() -> receiver.receive(buffer));
			});
			pair.sendingEnd().send(message(2), List.of(pipe.source()));
			try (Received received = receive(receiver, buffer)) {
				assertThat(buffer.getLong(0)).isEqualTo(2);
				assertThat(received.descriptors()).hasSize(1);
				assertConnected(received.descriptors().get(0), pipe.sink());
			}
		}
	}

	// Trap 8
	@Test
	void shouldCloseEveryDescriptorWhenReceivedIsClosed() throws IOException {
		try (MessagePair pair = MessagePair.open(); Receiver receiver = pair.receivingEnd().newReceiver()) {
			Descriptor.Pipe pipe = Descriptor.pipe();
			pair.sendingEnd().send(message(1), repeated(pipe.sink(), 3));
			pipe.sink().close();
			receive(receiver, ByteBuffer.allocateDirect(64)).close();
			try (InputStream in = pipe.source().toInputStream()) {
				assertThat(in.read()).as("end of the stream, as no sink is open").isEqualTo(-1);
			}
		}
	}

	// Trap 9
	@Test
	void shouldPairEachMessageWithItsDescriptorWhenSeveralThreadsReceive() throws Exception {
		int messages = 5000;
		int threads = 4;
		ExecutorService executor = Executors.newFixedThreadPool(threads);
		Set<Long> seen = ConcurrentHashMap.newKeySet();
		try (MessagePair pair = MessagePair.open()) {
			int before = OpenFiles.count();
			List<Callable<Integer>> tasks = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				tasks.add(() -> receivePaired(pair.receivingEnd(), seen, messages));
			}
			List<Future<Integer>> results = new ArrayList<>();
			tasks.forEach((task) -> results.add(executor.submit(task)));
			for (long id = 0; id < messages; id++) {
				sendPaired(pair.sendingEnd(), id, results);
			}
			int received = 0;
			for (Future<Integer> result : results) {
				received += result.get(30, TimeUnit.SECONDS);
			}
			assertThat(received).isEqualTo(messages);
			assertThat(seen).hasSize(messages);
			OpenFiles.awaitAtMost(before);
		}
		finally {
			executor.shutdownNow();
		}
	}

	/**
	 * Send a message with a pipe that holds the same number, beside another one.
	 */
	private static void sendPaired(SendingEnd sendingEnd, long id, List<Future<Integer>> receivers) throws IOException {
		try (Descriptor.Pipe pipe = Descriptor.pipe(); Descriptor.Pipe other = Descriptor.pipe()) {
			try (OutputStream out = pipe.sink().duplicate().toOutputStream()) {
				out.write(ByteBuffer.allocate(8).putLong(id).array());
			}
			List<Descriptor> descriptors = (id % 3 == 0) ? List.of(pipe.source(), other.source())
					: List.of(pipe.source());
			ByteBuffer message = message(id);
			while (!sendingEnd.send(message, descriptors)) {
				assertThat(receivers).as("receivers").noneMatch(Future::isDone);
				sendingEnd.awaitRoom(TIMEOUT);
			}
		}
	}

	/**
	 * Receive until all are seen, and nothing more comes.
	 */
	private static int receivePaired(ReceivingEnd receivingEnd, Set<Long> seen, int messages) throws IOException {
		int count = 0;
		ByteBuffer buffer = ByteBuffer.allocateDirect(64);
		try (Receiver receiver = receivingEnd.newReceiver()) {
			int timeouts = 0;
			while (timeouts < 2) {
				Received received = receiver.receive(buffer.clear(), TIMEOUT, Admission.FREE);
				if (received == null) {
					timeouts += (seen.size() == messages) ? 1 : 0;
					continue;
				}
				timeouts = 0;
				try (received; InputStream in = received.descriptors().get(0).duplicate().toInputStream()) {
					long id = buffer.getLong(0);
					assertThat(received.descriptors()).hasSize((id % 3 == 0) ? 2 : 1);
					assertThat(ByteBuffer.wrap(in.readNBytes(8)).getLong()).isEqualTo(id);
					assertThat(seen.add(id)).as("first receipt of " + id).isTrue();
					count++;
				}
			}
		}
		return count;
	}

	// Traps 12 and 13
	@Test
	void shouldReceiveNothingWhenTimeoutRunsOutAndMoreLater() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver first = pair.receivingEnd().newReceiver();
				ReceivingEnd passedOn = ReceivingEnd.of(pair.receivingEnd().duplicate());
				Receiver second = passedOn.newReceiver()) {
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			for (Receiver receiver : List.of(first, second, first)) {
				long start = System.nanoTime();
				assertThat(receiver.receive(buffer.clear(), TIMEOUT, Admission.FREE)).isNull();
				assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(TIMEOUT.dividedBy(2),
						TIMEOUT.multipliedBy(20));
			}
			pair.sendingEnd().send(message(1), List.of());
			pair.sendingEnd().send(message(2), List.of());
			receive(second, buffer).close();
			assertThat(buffer.getLong(0)).isEqualTo(1);
			receive(first, buffer).close();
			assertThat(buffer.getLong(0)).isEqualTo(2);
		}
	}

	// Trap 13
	@Test
	void shouldReceiveNothingWhenSenderHasGone() throws IOException {
		try (MessagePair pair = MessagePair.open(); Receiver receiver = pair.receivingEnd().newReceiver()) {
			pair.sendingEnd().close();
			assertThat(receiver.receive(ByteBuffer.allocateDirect(64), TIMEOUT, Admission.FREE)).isNull();
		}
	}

	@Test
	void shouldReceiveWhatWasSentBeforeSenderHasGone() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			pair.sendingEnd().send(message(9), List.of(pipe.source()));
			pipe.source().close();
			pair.close();
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			try (Received received = receive(receiver, buffer)) {
				assertThat(buffer.getLong(0)).isEqualTo(9);
				assertConnected(received.descriptors().get(0), pipe.sink());
			}
		}
	}

	@Test
	void shouldSendWhenThreadIsInterrupted() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			OpenFiles.assertNoneLeaked(20, () -> {
				ByteBuffer buffer = ByteBuffer.allocateDirect(64);
				Thread.currentThread().interrupt();
				assertThat(pair.sendingEnd().send(message(1), List.of(pipe.source()))).isTrue();
				assertThat(Thread.interrupted()).as("still interrupted").isTrue();
				assertThat(pair.sendingEnd().send(message(2), List.of())).isTrue();
				for (int i = 1; i <= 2; i++) {
					try (Received received = receive(receiver, buffer)) {
						assertThat(buffer.getLong(0)).isEqualTo(i);
						assertThat(received.descriptors()).hasSize(2 - i);
					}
				}
				assertThat(receiver.receive(buffer.clear())).as("each once").isNull();
				int held = fill(pair.sendingEnd());
				assertThat(pair.sendingEnd().awaitRoom(Duration.ofMillis(1))).isFalse();
				Thread.currentThread().interrupt();
				assertThat(pair.sendingEnd().send(message(3), List.of(pipe.source()))).as("full").isFalse();
				assertThat(Thread.interrupted()).isTrue();
				for (int i = 0; i < held; i++) {
					receive(receiver, buffer).close();
				}
				assertThat(pair.sendingEnd().awaitRoom(Duration.ofSeconds(5))).isTrue();
			});
		}
	}

	@Test
	void shouldReceiveWhenThreadIsInterrupted() throws IOException {
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			OpenFiles.assertNoneLeaked(20, () -> {
				Thread.currentThread().interrupt();
				assertThat(receiver.receive(buffer.clear())).isNull();
				assertThat(Thread.interrupted()).as("still interrupted").isTrue();
				pair.sendingEnd().send(message(1), List.of(pipe.source()));
				Thread.currentThread().interrupt();
				try (Received received = receive(receiver, buffer)) {
					assertThat(Thread.interrupted()).isTrue();
					assertThat(received.length()).isEqualTo(8);
					assertThat(received.descriptors()).hasSize(1);
					assertConnected(received.descriptors().get(0), pipe.sink());
				}
			});
		}
	}

	@Test
	void shouldReceiveWhenInterruptedWhileItWaits() throws Exception {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		try (MessagePair pair = MessagePair.open();
				Receiver receiver = pair.receivingEnd().newReceiver();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			for (int i = 0; i < 5; i++) {
				AtomicReference<Thread> thread = new AtomicReference<>();
				Future<Integer> received = executor.submit(() -> {
					thread.set(Thread.currentThread());
					try (Received message = receiver.receive(ByteBuffer.allocateDirect(64), Duration.ofSeconds(10),
							Admission.FREE)) {
						Thread.interrupted();
						return (message != null) ? message.descriptors().size() : -1;
					}
				});
				Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> isReceiving(thread.get()));
				thread.get().interrupt();
				pair.sendingEnd().send(message(1), List.of(pipe.source()));
				assertThat(received.get(10, TimeUnit.SECONDS)).isEqualTo(1);
			}
		}
		finally {
			executor.shutdownNow();
		}
	}

	private static boolean isReceiving(Thread thread) {
		StackTraceElement[] stack = (thread != null) ? thread.getStackTrace() : new StackTraceElement[0];
		return stack.length > 0 && stack[0].isNativeMethod() && stack[0].getMethodName().startsWith("epollWait");
	}

	@Test
	void shouldCutMessageWhenBufferIsTooShort() throws IOException {
		try (MessagePair pair = MessagePair.open(); Receiver receiver = pair.receivingEnd().newReceiver()) {
			pair.sendingEnd().send(message(1), List.of());
			pair.sendingEnd().send(message(2), List.of());
			ByteBuffer buffer = ByteBuffer.allocateDirect(4);
			assertThat(receive(receiver, buffer).length()).isEqualTo(4);
			assertThat(receive(receiver, buffer).length()).as("the rest of the first is gone").isEqualTo(4);
			assertThat(receiver.receive(buffer.clear())).isNull();
		}
	}

	@Test
	void shouldFailWhenReceiverIsClosed() throws IOException {
		try (MessagePair pair = MessagePair.open()) {
			Receiver receiver = pair.receivingEnd().newReceiver();
			receiver.close();
			receiver.close();
			assertThatIOException().isThrownBy(() -> receiver.receive(ByteBuffer.allocateDirect(64)));
		}
	}

	@Test
	void shouldLeaveOtherReceiversAloneWhenOneCloses() throws IOException {
		try (MessagePair pair = MessagePair.open(); Receiver receiver = pair.receivingEnd().newReceiver()) {
			pair.receivingEnd().newReceiver().close();
			pair.receivingEnd().close();
			pair.sendingEnd().send(message(1), List.of());
			receive(receiver, ByteBuffer.allocateDirect(64)).close();
		}
	}

	@Test
	void shouldRefuseReceiverWhenEndIsNoSocket() {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (Descriptor.Pipe pipe = Descriptor.pipe(); ReceivingEnd end = ReceivingEnd.of(pipe.source())) {
				assertThatIOException().isThrownBy(end::newReceiver).withMessageContaining("Not the receiving end");
			}
		});
	}

	@Test
	void shouldRefuseReceiverWhenEndIsTcpSocket() {
		OpenFiles.assertNoneLeaked(20, () -> {
			try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
					ReceivingEnd end = ReceivingEnd.of(listener.duplicate())) {
				assertThatIOException().isThrownBy(end::newReceiver).withMessageContaining("Not the receiving end");
			}
		});
	}

	@Test
	void shouldAwaitRoomUntilAQuarterIsLeft() throws IOException {
		try (MessagePair pair = MessagePair.open(); Receiver receiver = pair.receivingEnd().newReceiver()) {
			assertThat(pair.sendingEnd().awaitRoom(Duration.ZERO)).isTrue();
			int held = fill(pair.sendingEnd());
			assertThat(pair.sendingEnd().awaitRoom(Duration.ofMillis(10))).isFalse();
			ByteBuffer buffer = ByteBuffer.allocateDirect(64);
			for (int i = 0; i < held - held / 5; i++) {
				receive(receiver, buffer).close();
			}
			assertThat(pair.sendingEnd().awaitRoom(Duration.ofSeconds(5))).isTrue();
			assertThat(pair.sendingEnd().awaitRoom(Duration.ofSeconds(5))).as("again").isTrue();
		}
	}

	@Test
	void shouldPassTheSelfTest() {
		long open = Descriptor.open();
		NativePlatform.selfTest();
		assertThat(Descriptor.open()).isEqualTo(open);
	}

	private static int fill(SendingEnd sendingEnd) throws IOException {
		int held = 0;
		while (sendingEnd.send(message(held), List.of())) {
			held++;
		}
		return held;
	}

	private static List<Descriptor> repeated(Descriptor descriptor, int times) {
		List<Descriptor> descriptors = new ArrayList<>();
		for (int i = 0; i < times; i++) {
			descriptors.add(descriptor);
		}
		return descriptors;
	}

	private static ByteBuffer message(long content) {
		return ByteBuffer.allocateDirect(8).putLong(content).flip();
	}

	private static Received receive(Receiver receiver, ByteBuffer buffer) throws IOException {
		Received received = receiver.receive(buffer.clear());
		assertThat(received).as("a message").isNotNull();
		return received;
	}

	private static void assertConnected(Descriptor source, Descriptor sink) throws IOException {
		try (OutputStream out = sink.duplicate().toOutputStream()) {
			out.write('c');
		}
		try (InputStream in = source.duplicate().toInputStream()) {
			assertThat(in.read()).isEqualTo('c');
		}
	}

}
