package io.fdwork.internal.worker;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.descriptor.SharedListener;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.wire.AcceptTerms;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a worker accept from the listeners that it keeps: always from those that workers
 * accept from, and from the others while it stands in for the daemon. Safe for all
 * threads.
 */
final class StandIn {

	private static final Logger logger = LoggerFactory.getLogger(StandIn.class);

	/**
	 * How many clients may be silent, of each listener, as a share of the descriptors of
	 * the process.
	 */
	private static final int SILENT_SHARE = 8;

	private static final int MAX_SILENT = 10_000;

	private final Escrow escrow;

	private final Function<String, @Nullable QueueService> services;

	private final BooleanSupplier quiesced;

	private final Map<Long, Accepted> accepted = new HashMap<>();

	private boolean standingIn;

	private boolean allowed = true;

	private boolean stopped;

	/**
	 * Create an object that accepts nothing yet.
	 * @param escrow keeps the listeners
	 * @param services serve what is accepted, by queue
	 * @param quiesced says whether the daemon wants this worker to get nothing
	 */
	StandIn(Escrow escrow, Function<String, @Nullable QueueService> services, BooleanSupplier quiesced) {
		this.escrow = escrow;
		this.services = services;
		this.quiesced = quiesced;
		escrow.onChange(this::update);
	}

	/**
	 * There is a daemon, which says itself who gets nothing.
	 */
	void connected() {
		allow(true);
	}

	/**
	 * The daemon has gone, and its orders are about to end. A worker that should get
	 * nothing new accepts nothing either, though it gets what is left in the queue.
	 */
	void disconnected() {
		if (this.quiesced.getAsBoolean()) {
			allow(false);
		}
	}

	private synchronized void allow(boolean allowed) {
		if (this.allowed != allowed) {
			this.allowed = allowed;
			update();
		}
	}

	/**
	 * Accept in place of the daemon, because that is dead or hung. Does nothing if it
	 * does so already.
	 */
	void begin() {
		disconnected();
		String addresses;
		synchronized (this) {
			if (this.standingIn) {
				return;
			}
			this.standingIn = true;
			update();
			addresses = addresses();
		}
		if (!addresses.isEmpty()) {
			logger.info("Accepting on {} in place of the daemon", addresses);
		}
	}

	/**
	 * Leave it to the daemon again.
	 */
	void end() {
		connected();
		String addresses;
		synchronized (this) {
			addresses = addresses();
			this.standingIn = false;
			update();
		}
		if (!addresses.isEmpty()) {
			logger.info("The daemon accepts on {} again", addresses);
		}
	}

	private String addresses() {
		return inPlaceOfDaemon().map((accepted) -> String.valueOf(accepted.listener().address()))
			.sorted()
			.collect(Collectors.joining(", "));
	}

	private Stream<Accepted> inPlaceOfDaemon() {
		return this.accepted.values()
			.stream()
			.filter((accepted) -> !accepted.terms().byWorkers() && !accepted.listener().isEnded());
	}

	/**
	 * Accept no more, as the worker ends.
	 */
	synchronized void stop() {
		this.stopped = true;
		update();
	}

	/**
	 * Return from how many listeners this worker accepts in place of the daemon.
	 */
	synchronized int listeners() {
		return (int) inPlaceOfDaemon().count();
	}

	private synchronized void update() {
		List<Escrow.Kept> kept = (this.stopped || !this.allowed) ? List.of() : this.escrow.acceptable();
		try {
			Map<Long, Escrow.Kept> wanted = new HashMap<>();
			for (Escrow.Kept candidate : kept) {
				if (candidate.requiredTerms().isAccepted(!this.standingIn)
						&& this.services.apply(candidate.requiredTerms().queue()) != null) {
					wanted.put(TcpSockets.identity(candidate.listener()), candidate);
				}
			}
			endOthers(wanted);
			wanted.forEach(this::accept);
		}
		catch (IOException ex) {
			logger.error("Cannot accept from the listeners that are kept", ex);
		}
		finally {
			kept.forEach((candidate) -> candidate.listener().close());
		}
	}

	private void endOthers(Map<Long, Escrow.Kept> wanted) {
		Set<QueueService> changed = this.accepted.entrySet()
			.stream()
			.filter((entry) -> !isWanted(entry.getValue(), wanted.get(entry.getKey())))
			.map((entry) -> {
				entry.getValue().listener().close();
				return entry.getValue().service();
			})
			.collect(Collectors.toSet());
		this.accepted.values().removeIf((accepted) -> accepted.listener().isEnded());
		changed.forEach(QueueService::wake);
	}

	private static boolean isWanted(Accepted accepted, Escrow.@Nullable Kept wanted) {
		return wanted != null && accepted.terms().equals(wanted.terms()) && !accepted.listener().isEnded();
	}

	private void accept(Long identity, Escrow.Kept kept) {
		if (this.accepted.containsKey(identity)) {
			return;
		}
		AcceptTerms terms = kept.requiredTerms();
		QueueService service = this.services.apply(terms.queue());
		if (service == null) {
			return;
		}
		SharedListener listener = null;
		try {
			Long timeout = terms.dataTimeoutMillis();
			listener = SharedListener.of(kept.listener(), (timeout != null) ? Duration.ofMillis(timeout) : null,
					(int) Math.min(MAX_SILENT, DescriptorTable.limit() / SILENT_SHARE), service::wake);
			service.acceptFrom(listener, !terms.byWorkers());
			this.accepted.put(identity, new Accepted(listener, terms, service));
		}
		catch (IOException | RuntimeException ex) {
			logger.error("Cannot accept from a listener that is kept", ex);
			if (listener != null) {
				listener.close();
			}
		}
	}

	/**
	 * A listener that this worker accepts from.
	 */
	private record Accepted(SharedListener listener, AcceptTerms terms, QueueService service) {
	}

}
