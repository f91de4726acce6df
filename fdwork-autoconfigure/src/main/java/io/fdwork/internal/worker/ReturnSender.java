package io.fdwork.internal.worker;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;
import java.util.function.Function;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.ControlMessage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends idle connections to the daemon on a thread of its own, so that no event loop
 * waits for the daemon.
 */
final class ReturnSender implements IdleReturn, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ReturnSender.class);

	/**
	 * How many connections may be on their way. Each event loop may add one more.
	 */
	private static final int CAPACITY = 1024;

	private final ControlClient controlClient;

	private final Function<String, QueueService> services;

	private final BlockingQueue<Leaving> leaving = new LinkedBlockingQueue<>();

	private final Thread thread = new Thread(this::run, "fdwork-return");

	private boolean closed;

	ReturnSender(ControlClient controlClient, Function<String, QueueService> services) {
		this.controlClient = controlClient;
		this.services = services;
		this.thread.setDaemon(true);
	}

	void start() {
		this.thread.start();
	}

	private void run() {
		List<Leaving> batch = new ArrayList<>();
		try {
			while (true) {
				batch.add(this.leaving.take());
				this.leaving.drainTo(batch, ControlMessage.MAX_RETURNS - 1);
				send(batch);
				batch.clear();
			}
		}
		catch (InterruptedException ex) {
			// Closed: whoever adds something now is refused
			this.leaving.forEach(Leaving::refuse);
		}
	}

	private void send(List<Leaving> batch) {
		List<String> queues = batch.stream().map((leaving) -> leaving.work().queue()).toList();
		List<Descriptor> connections = batch.stream().map(Leaving::connection).toList();
		boolean refused = false;
		try {
			refused = !this.controlClient.giveBack(queues, batch.stream().map(Leaving::returned).toList(), connections);
		}
		catch (RuntimeException | Error ex) {
			// Nobody else has these connections, and those
			// that come next need this thread
			logger.error("Cannot give {} connections back: closed them", batch.size(), ex);
		}
		batch.forEach((refused) ? Leaving::refuse : Leaving::end);
	}

	@Override
	public boolean isConnected() {
		return this.controlClient.isConnected();
	}

	@Override
	public boolean isOpen() {
		return this.leaving.size() < CAPACITY && isConnected();
	}

	@Override
	public boolean isAtLimit(String queue) {
		return this.services.apply(queue).isAtLimit();
	}

	@Override
	public boolean isRoomWanted(String queue) {
		return this.services.apply(queue).isRoomWanted();
	}

	@Override
	public void giveBack(Work work, Descriptor connection, ConnectionHistory history, @Nullable Duration idleTimeout,
			Consumer<Descriptor> refused) {
		ControlMessage.Returned returned = new ControlMessage.Returned(history.requests(), history.idleSinceNanos(),
				(idleTimeout != null) ? idleTimeout.toNanos() : null);
		Leaving leaving = new Leaving(work, connection.move(), returned, refused);
		synchronized (this) {
			if (!this.closed) {
				this.leaving.add(leaving);
				return;
			}
		}
		leaving.refuse();
	}

	/**
	 * Send nothing any more. What is on its way is refused.
	 */
	@Override
	public void close() {
		synchronized (this) {
			this.closed = true;
		}
		this.thread.interrupt();
	}

	/**
	 * A connection on its way.
	 */
	private record Leaving(Work work, Descriptor connection, ControlMessage.Returned returned,
			Consumer<Descriptor> refused) {

		void end() {
			// Not shut down: it lives on in the daemon
			this.connection.close();
			this.work.close();
		}

		void refuse() {
			try {
				this.refused.accept(this.connection);
			}
			catch (RuntimeException | Error ex) {
				logger.error("Nobody serves {} on: closed its connection", this.work, ex);
				end();
			}
		}

	}

}
