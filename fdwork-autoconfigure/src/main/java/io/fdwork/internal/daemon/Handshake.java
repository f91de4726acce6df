package io.fdwork.internal.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Feature;
import org.jspecify.annotations.Nullable;

/**
 * How a peer becomes a worker: its hello, the listeners that it gives back, its welcome
 * with the queues, and its first report. On the thread of its connection, each within the
 * handshake timeout.
 */
final class Handshake {

	/**
	 * After how many report intervals without a report a worker is unresponsive.
	 */
	private static final int MISSED_REPORTS = 3;

	private static final int MAX_NAME_LENGTH = 100;

	private final KernelQueues queues;

	private final Listeners listeners;

	private final WorkerRegistry workers;

	private final DaemonOptions options;

	private final PeerRejections rejections;

	private final QueueFeatures features;

	private final AtomicLong lastId = new AtomicLong();

	Handshake(KernelQueues queues, Listeners listeners, WorkerRegistry workers, DaemonOptions options,
			PeerRejections rejections, QueueFeatures features) {
		this.queues = queues;
		this.listeners = listeners;
		this.workers = workers;
		this.options = options;
		this.rejections = rejections;
		this.features = features;
	}

	/**
	 * Make a worker of a peer.
	 * @param peer who it is, for people
	 * @param pid its process
	 * @return the worker, which is not registered yet, or {@code null} if it was refused
	 */
	@Nullable WorkerSession perform(ControlConnection connection, String peer, long pid) throws IOException {
		connection.setTimeout(this.options.getHandshakeTimeout());
		connection.allowDescriptors(ControlMessage.MAX_LISTENERS);
		ControlMessage message = readInTime(connection);
		if (message == null) {
			this.rejections.add(PeerRejection.SILENT,
					peer + " did not say hello within " + this.options.getHandshakeTimeout());
			return null;
		}
		if (!(message instanceof ControlMessage.Hello hello) || !isProper(hello)) {
			throw new ControlProtocolException("did not begin with a proper hello");
		}
		takeListeners(connection, hello, peer, pid);
		List<KernelQueue> granted = new ArrayList<>();
		for (String name : hello.queues()) {
			KernelQueue queue = this.queues.find(name);
			if (queue == null) {
				String reason = "There is no queue '" + name + "', only " + this.queues.names();
				connection.write(new ControlMessage.Refusal(reason));
				this.rejections.add(PeerRejection.UNKNOWN_QUEUE, peer + " was refused: " + reason);
				return null;
			}
			granted.add(queue);
		}
		this.features.enter(connection, granted, Feature.named(hello.features()));
		welcome(connection, granted);
		message = readInTime(connection);
		if (!(message instanceof ControlMessage.Report report)) {
			throw new ControlProtocolException("did not report after its welcome");
		}
		return new WorkerSession(this.lastId.incrementAndGet(), connection, hello, report,
				this.options.getReportInterval().multipliedBy(MISSED_REPORTS));
	}

	private static boolean isProper(ControlMessage.Hello hello) {
		return hello.name() != null && hello.queues() != null && hello.name().length() <= MAX_NAME_LENGTH
				&& !hello.queues().isEmpty() && hello.queues().size() <= KernelQueues.MAX_QUEUES;
	}

	private @Nullable ControlMessage readInTime(ControlConnection connection) throws IOException {
		long deadlineNanos = System.nanoTime() + this.options.getHandshakeTimeout().toNanos();
		connection.setTimeout(Duration.ofMillis(100));
		ControlMessage message = null;
		while (message == null && System.nanoTime() < deadlineNanos) {
			message = connection.read();
		}
		return message;
	}

	private void takeListeners(ControlConnection connection, ControlMessage.Hello hello, String peer, long pid)
			throws ControlProtocolException {
		List<Descriptor> listeners = connection.takeDescriptors();
		try {
			if (listeners.size() != hello.listeners()) {
				throw new ControlProtocolException("said that it keeps " + hello.listeners() + " listeners, and sent "
						+ listeners.size() + " descriptors");
			}
			for (Descriptor listener : listeners) {
				takeBack(listener, peer, pid);
			}
		}
		finally {
			listeners.forEach(Descriptor::close);
			// Nothing comes with descriptors before the worker is registered
			connection.allowDescriptors(0);
		}
	}

	private void takeBack(Descriptor listener, String peer, long pid) {
		try {
			this.listeners.takeBack(listener, pid);
		}
		catch (IOException ex) {
			this.rejections.add(PeerRejection.NO_LISTENER, peer + " gave back what is no listener: " + ex.getMessage());
		}
	}

	private void welcome(ControlConnection connection, List<KernelQueue> queues) throws IOException {
		List<ControlMessage.Grant> grants = new ArrayList<>();
		List<Descriptor> descriptors = new ArrayList<>();
		try {
			for (KernelQueue queue : queues) {
				grants.add(new ControlMessage.Grant(queue.name(), queue.instance()));
				descriptors.addAll(queue.duplicateForWorker());
			}
			connection.setTimeout(this.options.getHandshakeTimeout());
			connection.write(
					new ControlMessage.Welcome(ProcessHandle.current().pid(), grants,
							this.options.getReportInterval().toMillis(), this.workers.standing(), Feature.names()),
					descriptors);
		}
		finally {
			descriptors.forEach(Descriptor::close);
		}
	}

}
