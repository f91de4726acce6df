package io.fdwork.internal.daemon;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.descriptor.LifeLine;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.recovery.Recovery;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Grant;
import io.fdwork.internal.wire.TableGrant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a peer becomes a worker: its hello, the listeners that it gives back, its welcome
 * with the queues, the life lines, and its first report. On the thread of its connection,
 * each within the handshake timeout.
 */
final class Handshake {

	private static final Logger logger = LoggerFactory.getLogger(Handshake.class);

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

	private final RefusedWorkers refused;

	private final QueueFeatures features;

	private final Heartbeat heartbeat;

	private final @Nullable Recovery recovery;

	private final long uid = ControlAddress.uid();

	private final AtomicLong lastId = new AtomicLong();

	Handshake(KernelQueues queues, Listeners listeners, WorkerRegistry workers, DaemonOptions options,
			PeerRejections rejections, RefusedWorkers refused, QueueFeatures features, Heartbeat heartbeat,
			@Nullable Recovery recovery) {
		this.queues = queues;
		this.listeners = listeners;
		this.workers = workers;
		this.options = options;
		this.rejections = rejections;
		this.refused = refused;
		this.features = features;
		this.heartbeat = heartbeat;
		this.recovery = recovery;
	}

	/**
	 * Make a worker of a peer.
	 * @param peer who it is
	 * @return the worker, which is not registered yet, or {@code null} if it was refused
	 */
	@Nullable Registered perform(ControlConnection connection, Peer peer) throws IOException {
		connection.setTimeout(this.options.getHandshakeTimeout());
		connection.allowDescriptors(ControlMessage.MAX_LISTENERS);
		ControlMessage.Hello hello = readHello(connection, peer);
		if (hello == null) {
			return null;
		}
		if (isOfOther(hello)) {
			// What it keeps belongs to another daemon
			connection.takeDescriptors().forEach(Descriptor::close);
			refuse(connection, peer, PeerRejection.OTHER_APPLICATION, false,
					"This daemon is of the application '" + this.options.getApplication() + "', the worker of '"
							+ hello.application() + "'. Set fdwork.directory to one for each application, or "
							+ "fdwork.application of both to the same name if they belong together");
			return null;
		}
		boolean taken = takeListeners(connection, hello, peer);
		List<KernelQueue> granted = new ArrayList<>();
		for (String name : hello.queues()) {
			KernelQueue queue = this.queues.find(name);
			if (queue == null) {
				refuse(connection, peer, PeerRejection.UNKNOWN_QUEUE, taken,
						"There is no queue '" + name + "', only " + this.queues.names());
				this.refused.add(peer, hello.membership());
				return null;
			}
			granted.add(queue);
		}
		if (!taken && !this.listeners.isComplete()) {
			// Told which to keep, it would let go of one that is nowhere else
			throw new IOException("The listeners that it keeps could not be taken");
		}
		Set<Feature> features = Feature.named(hello.features());
		TableGrant table = grantTable(peer, features);
		if (table == null) {
			features.remove(Feature.TABLE);
		}
		this.features.enter(connection, granted, features);
		try {
			welcome(connection, granted, table);
			WorkerLife life = (features.contains(Feature.LIFE_LINES)) ? exchangeLifeLines(connection, peer, table)
					: null;
			try {
				return new Registered(register(connection, peer, hello, life), table);
			}
			catch (Throwable ex) {
				if (life != null && table == null) {
					life.close();
				}
				throw ex;
			}
		}
		catch (Throwable ex) {
			if (table != null && this.recovery != null) {
				this.recovery.left(table.worker());
			}
			throw ex;
		}
	}

	/**
	 * Let a worker mark what it has, if its end can be told, and if it may end this
	 * process anyway: what it does to the table it does to all.
	 */
	private @Nullable TableGrant grantTable(Peer peer, Set<Feature> features) {
		return (this.recovery != null && peer.uid() == this.uid && features.contains(Feature.TABLE)
				&& features.contains(Feature.LIFE_LINES)) ? this.recovery.grant(peer.process()) : null;
	}

	private WorkerSession register(ControlConnection connection, Peer peer, ControlMessage.Hello hello,
			@Nullable WorkerLife life) throws IOException {
		ControlMessage message = connection.read();
		if (!(message instanceof ControlMessage.Report report)) {
			throw new ControlProtocolException("did not report after its welcome");
		}
		WorkerSession session = new WorkerSession(this.lastId.incrementAndGet(), peer, connection, hello, report,
				this.options.getReportInterval().multipliedBy(MISSED_REPORTS), this.workers::changed, life);
		this.refused.remove(peer);
		if (hello.pid() != peer.pid()) {
			logger.info("Worker {} has pid {} in its pid namespace, and {} here", hello.name(), hello.pid(),
					(peer.pid() > 0) ? peer.pid() : "is not seen");
		}
		return session;
	}

	private boolean isOfOther(ControlMessage.Hello hello) {
		String own = this.options.getApplication();
		return own != null && hello.application() != null && !own.equals(hello.application());
	}

	private void refuse(ControlConnection connection, Peer peer, PeerRejection cause, boolean listenersTaken,
			String reason) throws IOException {
		connection.write(new ControlMessage.Refusal(reason, listenersTaken));
		this.rejections.add(cause, peer + " was refused: " + reason);
	}

	private ControlMessage.@Nullable Hello readHello(ControlConnection connection, Peer peer) throws IOException {
		try {
			ControlMessage message = connection.read();
			if (message == null) {
				this.rejections.add(PeerRejection.SILENT,
						peer + " did not say hello within " + this.options.getHandshakeTimeout());
				return null;
			}
			if (!(message instanceof ControlMessage.Hello hello) || !isProper(hello)) {
				throw new ControlProtocolException("did not begin with a proper hello");
			}
			return hello;
		}
		catch (ControlProtocolException ex) {
			this.refused.add(peer, null);
			throw ex;
		}
	}

	private static boolean isProper(ControlMessage.Hello hello) {
		return hello.name() != null && hello.queues() != null && hello.name().length() <= MAX_NAME_LENGTH
				&& !hello.queues().isEmpty() && hello.queues().size() <= KernelQueues.MAX_QUEUES;
	}

	/**
	 * Take what the worker keeps.
	 * @return whether all of it was taken: it needs to keep it no more
	 */
	private boolean takeListeners(ControlConnection connection, ControlMessage.Hello hello, Peer peer)
			throws ControlProtocolException {
		List<Descriptor> listeners = connection.takeDescriptors();
		boolean discarded = connection.takeDiscarded();
		try {
			if (discarded && listeners.isEmpty() && hello.listeners() > 0) {
				this.rejections.add(PeerRejection.EXHAUSTED, peer + " gave back " + hello.listeners()
						+ " listeners, for which there were too few descriptors. Raise ulimit -n");
				return false;
			}
			if (listeners.size() != hello.listeners()) {
				throw new ControlProtocolException("said that it keeps " + hello.listeners() + " listeners, and sent "
						+ listeners.size() + " descriptors");
			}
			boolean taken = true;
			for (Descriptor listener : listeners) {
				taken &= takeBack(listener, peer);
			}
			return taken;
		}
		finally {
			listeners.forEach(Descriptor::close);
			// Nothing comes with descriptors before the worker is registered
			connection.allowDescriptors(0);
		}
	}

	private boolean takeBack(Descriptor listener, Peer peer) {
		try {
			this.listeners.takeBack(listener, peer.pid());
			return true;
		}
		catch (IOException ex) {
			if (DescriptorTable.isShortOf(1)) {
				// What it is cannot be told without one
				this.rejections.add(PeerRejection.EXHAUSTED,
						peer + " gave back a listener, for which there were too few descriptors. Raise ulimit -n");
				return false;
			}
			this.rejections.add(PeerRejection.NO_LISTENER, peer + " gave back what is no listener: " + ex.getMessage());
			// Nobody needs that
			return true;
		}
	}

	private void welcome(ControlConnection connection, List<KernelQueue> queues, @Nullable TableGrant table)
			throws IOException {
		List<Grant> grants = new ArrayList<>();
		List<Descriptor> descriptors = new ArrayList<>();
		try {
			for (KernelQueue queue : queues) {
				grants.add(new Grant(queue.name(), queue.instance()));
				descriptors.add(queue.duplicateForWorker());
			}
			if (table != null && this.recovery != null) {
				descriptors.add(this.recovery.duplicateTable());
			}
			connection.write(new ControlMessage.Welcome(ProcessHandle.current().pid(), grants,
					this.options.getReportInterval().toMillis(), this.workers.standing(), Feature.names(), table),
					descriptors);
		}
		finally {
			descriptors.forEach(Descriptor::close);
		}
	}

	/**
	 * Give a life line to the worker, and take that of the worker.
	 * @return the life of the worker, {@code null} if that cannot be told
	 */
	private @Nullable WorkerLife exchangeLifeLines(ControlConnection connection, Peer peer, @Nullable TableGrant table)
			throws IOException {
		giveLifeLine(connection);
		connection.allowDescriptors(1);
		ControlMessage message = connection.read();
		List<Descriptor> ends = connection.takeDescriptors();
		connection.allowDescriptors(0);
		try {
			if (!(message instanceof ControlMessage.Life)) {
				throw new ControlProtocolException("did not tell of its life line after its welcome");
			}
			// Without one it has none, or too few descriptors were free here
			connection.takeDiscarded();
			if (!ends.isEmpty()) {
				return watch(ends.get(0), table);
			}
			if (table != null && peer.process() == null) {
				throw new IOException("Nothing tells when its process is gone");
			}
			return null;
		}
		finally {
			ends.forEach(Descriptor::close);
		}
	}

	private WorkerLife watch(Descriptor end, @Nullable TableGrant table) throws IOException {
		Recovery recovery = this.recovery;
		if (table == null || recovery == null) {
			return new WorkerLife(this.heartbeat.watch(), end, () -> {
			});
		}
		WorkerLife life = new WorkerLife(this.heartbeat.watch(), end, () -> recovery.ended(table.worker()));
		recovery.watched(table.worker(), life::close);
		return life;
	}

	private void giveLifeLine(ControlConnection connection) throws IOException {
		LifeLine line = this.heartbeat.open();
		if (line == null) {
			connection.write(new ControlMessage.Life());
			return;
		}
		// Sent or not: one whose other end nobody holds is let go of at the next beat
		try (Descriptor end = line.otherEnd()) {
			connection.write(new ControlMessage.Life(), List.of(end));
		}
	}

	/**
	 * A worker that is to be registered.
	 *
	 * @param session what it has said
	 * @param table by what it marks what it has, {@code null} for nothing
	 */
	record Registered(WorkerSession session, @Nullable TableGrant table) {
	}

}
