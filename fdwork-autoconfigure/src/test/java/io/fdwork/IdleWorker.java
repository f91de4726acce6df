package io.fdwork;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.TestFigures;
import io.fdwork.worker.WorkerState;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The control connection of a worker that is ready, and gets nothing.
 */
public final class IdleWorker implements AutoCloseable {

	private final ControlConnection connection;

	/**
	 * Register a worker.
	 * @param controlSocket where its daemon is
	 * @param queue the queue that it would get from
	 */
	public IdleWorker(Path controlSocket, String queue) throws IOException {
		this.connection = new ControlConnection(UnixStream.connect(controlSocket));
		this.connection.setTimeout(Duration.ofSeconds(10));
		this.connection.allowDescriptors(ControlMessage.MAX_LISTENERS);
		this.connection.write(new ControlMessage.Hello("peer", 4711, List.of(queue), 1, null, 0, null));
		assertThat(this.connection.read()).isInstanceOf(ControlMessage.Welcome.class);
		this.connection.takeDescriptors().forEach(Descriptor::close);
		this.connection.write(new ControlMessage.Report(TestFigures.of(WorkerState.READY), null));
	}

	/**
	 * Say that it keeps the listeners, which it does not.
	 */
	public void keep() throws IOException {
		ControlMessage.Keep keep = (ControlMessage.Keep) this.connection.read();
		assertThat(keep).isNotNull();
		this.connection.write(new ControlMessage.Kept(keep.revision(), keep.listeners()));
	}

	@Override
	public void close() {
		this.connection.close();
	}

}
