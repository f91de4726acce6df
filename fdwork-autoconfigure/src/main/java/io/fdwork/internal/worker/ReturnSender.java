package io.fdwork.internal.worker;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

import io.fdwork.ConnectionHistory;
import io.fdwork.Work;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.wire.AddressText;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.Returned;
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

	/**
	 * How often the daemon is asked for room, at most.
	 */
	private static final Duration WANT_INTERVAL = Duration.ofMillis(100);

	/**
	 * How often is looked which spares nobody will need.
	 */
	private static final Duration SWEEP_INTERVAL = Duration.ofMillis(250);

	private final Supplier<@Nullable DaemonHome> home;

	private final Function<String, QueueService> services;

	private final BlockingQueue<Step> steps = new LinkedBlockingQueue<>();

	private final AtomicInteger wanted = new AtomicInteger();

	private final Spares spares;

	// The next one has other plans
	private volatile @Nullable DaemonHome parting;

	private volatile @Nullable DaemonHome dead;

	// Of the thread
	private long wantedNanos = System.nanoTime() - WANT_INTERVAL.toNanos();

	private long sweptNanos = System.nanoTime();

	private final Thread thread = new Thread(this::run, "fdwork-return");

	private boolean closed;

	ReturnSender(Supplier<@Nullable DaemonHome> home, Spares spares, Function<String, QueueService> services) {
		this.home = home;
		this.spares = spares;
		this.services = services;
		this.thread.setDaemon(true);
	}

	void start() {
		this.thread.start();
	}

	private void run() {
		List<Step> batch = new ArrayList<>();
		try {
			while (true) {
				Step first = (this.spares.size() > 0) ? this.steps.poll(SWEEP_INTERVAL.toNanos(), TimeUnit.NANOSECONDS)
						: this.steps.take();
				sweep();
				if (first == null) {
					continue;
				}
				batch.add(first);
				this.steps.drainTo(batch, ControlMessage.MAX_RETURNS - 1);
				List<Leaving> leaving = leaving(batch);
				if (!leaving.isEmpty()) {
					send(leaving);
				}
				if (leaving.size() < batch.size()) {
					want();
				}
				batch.clear();
			}
		}
		catch (InterruptedException ex) {
			// Closed: whoever adds something now is refused
			leaving(this.steps).forEach(Leaving::refuse);
		}
	}

	private void sweep() {
		long now = System.nanoTime();
		if (now - this.sweptNanos >= SWEEP_INTERVAL.toNanos()) {
			this.sweptNanos = now;
			haveAgain(this.spares.sweep(now));
		}
	}

	/**
	 * There is a daemon, maybe another one than before, which is gone then.
	 * @param reader one of its queues
	 */
	void follow(QueueReader reader) {
		ServiceTable table = reader.table();
		if (table != null) {
			follow(table);
		}
	}

	/**
	 * The daemon lives or does not.
	 */
	void life(DaemonLife life) {
		boolean died = life == DaemonLife.DEAD;
		// Before nothing is kept any more of what goes: its connection may end later
		this.dead = (died) ? this.home.get() : null;
		if (died) {
			follow((ServiceTable) null);
		}
	}

	/**
	 * What was at home with the daemon of another table is served here again.
	 */
	private void follow(@Nullable ServiceTable table) {
		List<Spares.Returning> returning = this.spares.follow(table);
		if (!returning.isEmpty()) {
			logger.info("Serving {} connections on that were idle at the daemon, which is gone", returning.size());
		}
		haveAgain(returning);
	}

	private void haveAgain(List<Spares.Returning> returning) {
		returning.forEach((one) -> this.services.apply(one.metadata().queue()).haveAgain(one));
	}

	/**
	 * The daemon that is there now is about to close its ports.
	 */
	void part() {
		this.parting = this.home.get();
	}

	@Override
	public boolean isParting() {
		DaemonHome home = this.parting;
		return home != null && home == this.home.get();
	}

	private static List<Leaving> leaving(Collection<Step> steps) {
		return steps.stream().filter(Leaving.class::isInstance).map(Leaving.class::cast).toList();
	}

	private void want() {
		int wanted = this.wanted.getAndSet(0);
		long now = System.nanoTime();
		// Whoever waits asks again
		if (now - this.wantedNanos >= WANT_INTERVAL.toNanos()) {
			this.wantedNanos = now;
			DaemonHome home = this.home.get();
			if (home != null) {
				home.wantRoom(wanted);
			}
		}
	}

	private void send(List<Leaving> batch) {
		List<String> queues = batch.stream().map((leaving) -> leaving.work.queue()).toList();
		List<Descriptor> connections = batch.stream().map((leaving) -> leaving.connection).toList();
		int taken;
		try {
			DaemonHome home = this.home.get();
			taken = (home != null) ? giveBack(home, queues, batch, connections) : 0;
		}
		catch (RuntimeException | Error ex) {
			// Nobody else has these connections, and those
			// that come next need this thread
			logger.error("Cannot give {} connections back: closed them", batch.size(), ex);
			batch.forEach(Leaving::lose);
			return;
		}
		batch.subList(0, taken).forEach(Leaving::end);
		batch.subList(taken, batch.size()).forEach(Leaving::refuse);
	}

	private int giveBack(DaemonHome home, List<String> queues, List<Leaving> batch, List<Descriptor> connections) {
		List<Returned> returned = batch.stream().map(Leaving::depart).toList();
		return (home != this.dead) ? home.giveBack(queues, returned, connections) : 0;
	}

	@Override
	public boolean isConnected() {
		return this.home.get() != null;
	}

	@Override
	public boolean isOpen() {
		int before = this.steps.size();
		DaemonHome home = this.home.get();
		return before < CAPACITY && home != null && home.room().hasMoreThan(before);
	}

	@Override
	public void wantRoom() {
		if (this.wanted.getAndIncrement() == 0) {
			this.steps.add(Want.ROOM);
		}
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
		// The kernel knows no more of it than the balancer in front
		InetSocketAddress remote = work.remoteAddress();
		boolean said = remote != null && !TcpSockets.isPeer(connection, remote);
		Returned returned = new Returned(history.requests(), history.idleSinceNanos(),
				(idleTimeout != null) ? idleTimeout.toNanos() : null, (said) ? text(remote) : null,
				(said) ? text(work.localAddress()) : null, null);
		Leaving leaving = new Leaving(work, connection.move(), history, returned, refused);
		synchronized (this) {
			if (!this.closed) {
				this.steps.add(leaving);
				return;
			}
		}
		leaving.refuse();
	}

	private static @Nullable String text(@Nullable InetSocketAddress address) {
		return (address != null) ? AddressText.of(address) : null;
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
		this.spares.close();
	}

	/**
	 * What the thread does next.
	 */
	private sealed interface Step permits Leaving, Want {

	}

	/**
	 * The daemon is to be asked for room.
	 */
	private enum Want implements Step {

		ROOM

	}

	/**
	 * A connection on its way.
	 */
	private final class Leaving implements Step {

		private final Work work;

		private final Descriptor connection;

		private final ConnectionHistory history;

		private final Returned returned;

		private final Consumer<Descriptor> refused;

		private boolean departed;

		private @Nullable UnplacedSpare unplaced;

		Leaving(Work work, Descriptor connection, ConnectionHistory history, Returned returned,
				Consumer<Descriptor> refused) {
			this.work = work;
			this.connection = connection;
			this.history = history;
			this.returned = returned;
			this.refused = refused;
		}

		/**
		 * Say in the table that it goes, before it does, and keep a spare. If the daemon
		 * dies meanwhile, the table says who has it.
		 */
		Returned depart() {
			if (!(this.work instanceof GotWork got)) {
				return this.returned;
			}
			TableEntry entry = got.entry();
			Place place = got.place();
			if (entry == null || place == null || !ReturnSender.this.spares.follows(place.table())) {
				this.unplaced = ReturnSender.this.spares.keep(got, this.connection, this.history);
				return this.returned;
			}
			this.departed = entry.goHome();
			if (!this.departed) {
				return this.returned;
			}
			ReturnSender.this.spares.keep(got, this.connection, this.history, entry);
			return this.returned.at(place);
		}

		void end() {
			// Not shut down: it lives on in the daemon
			this.connection.close();
			GotWork.leave(this.work);
		}

		void refuse() {
			if (!stays()) {
				end();
				return;
			}
			try {
				this.refused.accept(this.connection);
			}
			catch (RuntimeException | Error ex) {
				logger.error("Nobody serves {} on: closed its connection", this.work, ex);
				lose();
			}
		}

		/**
		 * Close the connection, which nobody else will.
		 */
		void lose() {
			if (!stays()) {
				end();
				return;
			}
			if (this.connection.isOpen()) {
				TcpSockets.shutdown(this.connection);
				this.connection.close();
			}
			this.work.fail();
		}

		/**
		 * Return whether it is this work's, and not one's that has taken the spare.
		 */
		private boolean stays() {
			boolean stays = (!this.departed || requiredEntry().takeBack())
					&& (this.unplaced == null || ReturnSender.this.spares.withdraw(this.unplaced));
			this.departed = false;
			return stays;
		}

		private TableEntry requiredEntry() {
			return Objects.requireNonNull(GotWork.of(this.work).entry());
		}

	}

}
