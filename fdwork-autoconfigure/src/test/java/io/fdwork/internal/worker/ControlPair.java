package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;

/**
 * The two ends of a control connection.
 *
 * @param listener what they met at
 * @param worker the end of the worker
 * @param daemon the end of the daemon, which takes what a worker gives back
 */
record ControlPair(UnixStreamListener listener, ControlConnection worker,
		ControlConnection daemon) implements AutoCloseable {

	static ControlPair in(Path directory) throws IOException {
		Path path = directory.resolve("s");
		UnixStreamListener listener = UnixStreamListener.bind(path, 1);
		ControlConnection worker = new ControlConnection(UnixStream.connect(path));
		ControlConnection daemon = new ControlConnection(listener.accept());
		daemon.setTimeout(Duration.ofSeconds(10));
		daemon.allowDescriptors(ControlMessage.MAX_RETURNS);
		return new ControlPair(listener, worker, daemon);
	}

	@Override
	public void close() {
		this.worker.close();
		this.daemon.close();
		this.listener.close();
	}

}
