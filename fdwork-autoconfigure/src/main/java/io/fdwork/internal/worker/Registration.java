package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.descriptor.LifeLine;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ControlProtocolException;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Grant;
import io.fdwork.internal.wire.Membership;
import io.fdwork.internal.wire.TableGrant;
import io.fdwork.worker.WorkerOptions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a worker registers with a daemon: looks who that is, says hello with the listeners
 * that it keeps, takes the queues of the welcome, and exchanges life lines. On the
 * control thread.
 */
final class Registration implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Registration.class);

	private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(5);

	private static final long ROOT = 0;

	private final WorkerOptions options;

	private final @Nullable Membership membership;

	private final Set<Long> trusted;

	private final Escrow escrow;

	private final ControlClient.Callback callback;

	private final DaemonWatch watch;

	// Of the process, whatever daemons it registers with; guarded by this
	private @Nullable LifeLine lifeLine;

	/**
	 * Create what registers a worker.
	 * @param membership which fleet started the process, {@code null} for none
	 * @param watch is told of each daemon
	 */
	Registration(WorkerOptions options, @Nullable Membership membership, Escrow escrow, ControlClient.Callback callback,
			DaemonWatch watch) {
		this.options = options;
		this.membership = membership;
		this.trusted = (options.getDaemonUids().isEmpty()) ? new TreeSet<>(List.of(ControlAddress.uid(), ROOT))
				: Set.copyOf(options.getDaemonUids());
		this.escrow = escrow;
		this.callback = callback;
		this.watch = watch;
	}

	boolean isOfFleet() {
		return this.membership != null;
	}

	/**
	 * Register.
	 * @return the welcome, whose queues were handed on
	 * @throws ControlProtocolException if the daemon is not trusted, refuses, or does not
	 * speak the protocol
	 */
	ControlMessage.Welcome perform(ControlConnection connection) throws IOException {
		long daemonUid = connection.peer().uid();
		if (!this.trusted.contains(daemonUid)) {
			throw new ControlProtocolException("is of uid " + daemonUid + ", this worker of uid " + ControlAddress.uid()
					+ " trusts those of uid " + this.trusted + " only");
		}
		connection.setTimeout(HANDSHAKE_TIMEOUT);
		// The table comes with the queues
		connection.allowDescriptors(Math.max(this.options.getQueues().size() + 1, ControlMessage.MAX_LISTENERS));
		sayHello(connection);
		ControlMessage answer = connection.read();
		List<Descriptor> descriptors = connection.takeDescriptors();
		try {
			if (answer == null) {
				throw new ControlProtocolException("did not answer within " + HANDSHAKE_TIMEOUT);
			}
			if (answer instanceof ControlMessage.Refusal refusal) {
				if (Boolean.TRUE.equals(refusal.listenersTaken())) {
					this.escrow.keep(List.of());
				}
				throw new ControlProtocolException("refused this worker: " + refusal.reason());
			}
			if (connection.takeDiscarded() && descriptors.isEmpty()) {
				throw new IOException(
						"This process has too few descriptors free to take queues. Raise ulimit -n, which is "
								+ DescriptorTable.limit());
			}
			if (!(answer instanceof ControlMessage.Welcome welcome) || welcome.queues() == null
					|| welcome.orders() == null || welcome.queues().size() != this.options.getQueues().size()
					|| descriptors.size() != welcome.queues().size() + ((welcome.table() != null) ? 1 : 0)) {
				throw new ControlProtocolException("did not answer with a proper welcome");
			}
			// Before it can get anything, and again when it counts as registered
			welcome.orders().forEach(this.callback::ordered);
			openQueues(welcome, descriptors);
			exchangeLifeLines(connection, welcome);
			return welcome;
		}
		finally {
			descriptors.forEach(Descriptor::close);
		}
	}

	private void sayHello(ControlConnection connection) throws IOException {
		List<Descriptor> listeners = this.escrow.duplicates();
		try {
			connection.write(new ControlMessage.Hello(this.options.getName(), ProcessHandle.current().pid(),
					List.copyOf(this.options.getQueues()),
					this.options.getConcurrency() * this.options.getQueues().size(), this.membership, listeners.size(),
					this.options.getApplication(), Feature.names()), listeners);
		}
		finally {
			listeners.forEach(Descriptor::close);
		}
	}

	private void openQueues(ControlMessage.Welcome welcome, List<Descriptor> descriptors) throws IOException {
		List<QueueReader> readers = new ArrayList<>();
		TableGrant granted = welcome.table();
		Integer journalLength = (granted != null) ? granted.journalLength() : null;
		ServiceTable table = (granted != null) ? ServiceTable.open(descriptors.get(descriptors.size() - 1),
				granted.id(), granted.entries(), granted.worker(), (journalLength != null) ? journalLength : 0) : null;
		try {
			for (int i = 0; i < welcome.queues().size(); i++) {
				Grant grant = welcome.queues().get(i);
				readers.add(QueueReader.open(grant.name(), grant.instance(), descriptors.get(i), table));
			}
			this.callback.queues(readers);
		}
		finally {
			readers.forEach(QueueReader::close);
		}
	}

	private void exchangeLifeLines(ControlConnection connection, ControlMessage.Welcome welcome) throws IOException {
		long pid = pid(connection, welcome);
		if (!Feature.named(welcome.features()).contains(Feature.LIFE_LINES)) {
			this.watch.connected(pid);
			return;
		}
		giveLifeLine(connection);
		if (!(connection.read() instanceof ControlMessage.Life)) {
			throw new ControlProtocolException("did not tell of its life line after its welcome");
		}
		this.watch.take(connection, pid);
	}

	/**
	 * Return the process of a daemon. Where this process does not see it, what it says is
	 * better than nothing.
	 */
	static long pid(ControlConnection connection, ControlMessage.Welcome welcome) throws IOException {
		long pid = connection.peer().pid();
		return (pid > 0) ? pid : welcome.pid();
	}

	private void giveLifeLine(ControlConnection connection) throws IOException {
		List<Descriptor> ends = List.of();
		try {
			ends = List.of(lifeLine().otherEnd());
		}
		catch (IOException ex) {
			logger.debug("The daemon cannot tell when this process is gone", ex);
		}
		if (!PatientWriter.write(connection, new ControlMessage.Life(), ends)) {
			connection.write(new ControlMessage.Life());
		}
	}

	private synchronized LifeLine lifeLine() throws IOException {
		LifeLine line = this.lifeLine;
		if (line == null) {
			line = LifeLine.open();
			this.lifeLine = line;
		}
		return line;
	}

	/**
	 * End the life line: the process is about to end.
	 */
	@Override
	public synchronized void close() {
		if (this.lifeLine != null) {
			this.lifeLine.close();
		}
	}

}
