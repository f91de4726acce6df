package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.ConnectionHistory;
import io.fdwork.LimitedJvm;
import io.fdwork.NoDaemonObserver;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.MessagePair;
import io.fdwork.descriptor.Received;
import io.fdwork.descriptor.Receiver;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Grant;
import io.fdwork.internal.wire.WorkMetadata;
import io.fdwork.worker.ServingMode;
import io.fdwork.worker.WorkerOptions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests of giving a connection back when no more descriptors may be in flight, which
 * holds for a user that is not root and has a small limit of open files, so another JVM
 * is.
 */
class ReturnInFlightTests {

	/**
	 * A user that nobody else is, as descriptors in flight are counted for each.
	 */
	private static final String USER = "54322";

	private static final String READ_ANY_FILE = "+dac_override,+dac_read_search";

	private static final int LIMIT = 512;

	@TempDir
	Path temp;

	@Test
	void shouldKeepConnectionAndDaemonWhenTooManyDescriptorsAreInFlight() throws Exception {
		assumeThat(ControlAddress.uid()).as("root, who can be another user").isZero();
		LimitedJvm.run(ReturnInFlightTests.class, LIMIT, this.temp, "setpriv", "--reuid=" + USER, "--clear-groups",
				"--inh-caps=" + READ_ANY_FILE, "--ambient-caps=" + READ_ANY_FILE);
	}

	/**
	 * Run a worker, and its daemon's side.
	 * @param args the directory
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Path.of(args[0]);
		WorkerOptions options = new WorkerOptions(directory, 1);
		options.getQueues().add("default");
		Worker worker = new Worker(options, ApplicationProbes.NONE, ServingMode.EVENT_LOOPS, List::of, Work::close,
				new NoDaemonObserver());
		try (UnixStreamListener listener = UnixStreamListener.bind(ControlAddress.in(directory), 1);
				MessagePair queue = MessagePair.open();
				MessagePair others = MessagePair.open();
				Descriptor.Pipe pipe = Descriptor.pipe()) {
			worker.start();
			try (UnixStream stream = listener.accept()) {
				ControlConnection daemon = new ControlConnection(stream);
				welcome(daemon, queue);
				IdleReturn idleReturn = worker.idleReturn();
				Awaitility.await().until(idleReturn::isConnected);
				fill(others, pipe.source());
				CompletableFuture<WorkOutcome> outcome = new CompletableFuture<>();
				Work work = new GotWork(
						new WorkMetadata(new RequestId(1, 1), "default", 1, 1, null, null, Map.of(), new byte[0]),
						List.of(), 1, (ended, how) -> outcome.complete(how));
				CompletableFuture<Descriptor> refused = new CompletableFuture<>();
				idleReturn.giveBack(work, pipe.sink().duplicate(), new ConnectionHistory(1, 2), null,
						refused::complete);
				Descriptor connection = refused.get(10, TimeUnit.SECONDS);
				assertThat(connection.isOpen()).isTrue();
				assertThat(outcome).isNotDone();
				assertThat(idleReturn.isConnected()).isTrue();

				idleReturn.giveBack(work, connection, new ConnectionHistory(1, 2), null, refused::complete);
				empty(others);
				assertThat(awaitReturn(daemon)).isEqualTo(new ControlMessage.Return(List.of("default")));
				assertThat(daemon.takeDescriptors()).singleElement().satisfies(Descriptor::close);
				assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo(WorkOutcome.SERVED);
			}
		}
		finally {
			worker.stop(Duration.ofSeconds(5));
		}
	}

	private static void welcome(ControlConnection daemon, MessagePair queue) throws IOException {
		daemon.setTimeout(Duration.ofSeconds(10));
		daemon.allowDescriptors(ControlMessage.MAX_RETURNS);
		assertThat(daemon.read()).isInstanceOf(ControlMessage.Hello.class);
		try (Descriptor receivingEnd = queue.receivingEnd().duplicate()) {
			daemon.write(new ControlMessage.Welcome(4711, List.of(new Grant("default", 1)), 50, List.of()),
					List.of(receivingEnd));
		}
	}

	private static void fill(MessagePair pair, Descriptor descriptor) throws IOException {
		ByteBuffer message = ByteBuffer.allocateDirect(1);
		List<Descriptor> descriptors = Collections.nCopies(16, descriptor);
		int sent = 0;
		while (pair.sendingEnd().send(message.clear(), descriptors)) {
			sent++;
		}
		assertThat(sent).as("messages with 16 descriptors").isLessThanOrEqualTo(LIMIT / 16 + 1);
	}

	private static void empty(MessagePair pair) throws IOException {
		List<Received> all = new ArrayList<>();
		try (Receiver receiver = pair.receivingEnd().newReceiver()) {
			for (int i = 0; i < 2; i++) {
				all.add(receiver.receive(ByteBuffer.allocateDirect(1)));
			}
		}
		all.forEach(Received::close);
	}

	private static ControlMessage.Return awaitReturn(ControlConnection daemon) throws IOException {
		ControlMessage message = daemon.read();
		while (!(message instanceof ControlMessage.Return)) {
			assertThat(message).isInstanceOf(ControlMessage.Report.class);
			message = daemon.read();
		}
		return (ControlMessage.Return) message;
	}

}
