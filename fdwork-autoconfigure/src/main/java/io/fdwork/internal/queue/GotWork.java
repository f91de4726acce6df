package io.fdwork.internal.queue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

import io.fdwork.ConnectionHistory;
import io.fdwork.RequestId;
import io.fdwork.Work;
import io.fdwork.WorkOutcome;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.wire.Place;
import io.fdwork.internal.wire.WorkMetadata;
import org.jspecify.annotations.Nullable;

/**
 * A work that came out of a queue, or out of a connection that a worker accepted itself.
 */
public final class GotWork implements Work {

	private final WorkMetadata metadata;

	private final WorkDescriptors descriptors;

	private final long gotNanos;

	private final BiConsumer<Work, WorkOutcome> onEnd;

	private final WorkPermit permit;

	private boolean waitTold;

	private final AtomicReference<@Nullable WorkOutcome> outcome = new AtomicReference<>();

	// The caller of the handler, and each one that took the work over
	private final AtomicInteger holders = new AtomicInteger(1);

	/**
	 * Create a work that nothing limits.
	 * @param metadata what is known of it
	 * @param descriptors what came with it; the work owns them
	 * @param gotNanos when it was got, in nanoseconds of CLOCK_MONOTONIC
	 * @param onEnd is told once when the work has ended
	 */
	public GotWork(WorkMetadata metadata, List<Descriptor> descriptors, long gotNanos,
			BiConsumer<Work, WorkOutcome> onEnd) {
		this(metadata, descriptors, gotNanos, onEnd, WorkPermits.UNLIMITED);
	}

	/**
	 * Create a work.
	 * @param metadata what is known of it
	 * @param descriptors what came with it; the work owns them
	 * @param gotNanos when it was got, in nanoseconds of CLOCK_MONOTONIC
	 * @param onEnd is told once when the work has ended
	 * @param permits where its permit came from, and goes when the work has ended
	 */
	public GotWork(WorkMetadata metadata, List<Descriptor> descriptors, long gotNanos,
			BiConsumer<Work, WorkOutcome> onEnd, WorkPermits permits) {
		this(metadata, descriptors, gotNanos, onEnd, permits, null);
	}

	/**
	 * Create a work whose connection the daemon holds, too.
	 * @param metadata what is known of it
	 * @param descriptors what came with it; the work owns them
	 * @param gotNanos when it was got, in nanoseconds of CLOCK_MONOTONIC
	 * @param onEnd is told once when the work has ended
	 * @param permits where its permit came from, and goes when the work has ended
	 * @param entry the entry of its connection, which was claimed; {@code null} if the
	 * daemon does not hold it
	 */
	public GotWork(WorkMetadata metadata, List<Descriptor> descriptors, long gotNanos,
			BiConsumer<Work, WorkOutcome> onEnd, WorkPermits permits, @Nullable TableEntry entry) {
		this.metadata = metadata;
		this.descriptors = new WorkDescriptors(descriptors, metadata, entry);
		this.gotNanos = gotNanos;
		this.onEnd = onEnd;
		this.permit = new WorkPermit(permits, gotNanos);
	}

	@Override
	public RequestId id() {
		return this.metadata.id();
	}

	@Override
	public String queue() {
		return this.metadata.queue();
	}

	/**
	 * Return its place in the order of the queue.
	 * @return the sequence, from 1
	 */
	public long sequence() {
		return this.metadata.sequence();
	}

	@Override
	public long putNanos() {
		return this.metadata.putNanos();
	}

	@Override
	public long gotNanos() {
		return this.gotNanos;
	}

	@Override
	public @Nullable InetSocketAddress remoteAddress() {
		return this.metadata.remoteAddress();
	}

	@Override
	public @Nullable InetSocketAddress localAddress() {
		return this.metadata.localAddress();
	}

	@Override
	public Map<String, String> parameters() {
		return this.metadata.parameters();
	}

	@Override
	public byte[] payload() {
		return this.metadata.payload();
	}

	@Override
	public @Nullable ConnectionHistory history() {
		return this.metadata.history();
	}

	@Override
	public List<Descriptor> descriptors() {
		return this.descriptors.takeAll();
	}

	/**
	 * Return the first descriptor of a work, for who ends the connection for all that
	 * hold it before closing it. The daemon goes on holding it, where it does.
	 * @param work the work
	 * @return its connection, if it is one; stays the work's until it is moved
	 */
	public static Descriptor connection(Work work) {
		return (work instanceof GotWork got) ? got.descriptors.connection() : work.descriptors().get(0);
	}

	/**
	 * Return whether nothing came with a work but its connection.
	 * @param work the work
	 */
	public static boolean isBare(Work work) {
		int descriptors = (work instanceof GotWork got) ? got.descriptors.size() : work.descriptors().size();
		return descriptors == 1 && work.parameters().isEmpty() && work.payload().length == 0;
	}

	/**
	 * Return where it is marked how far the connection has been read and written, so that
	 * it is served on if this process is killed. This marks its end itself.
	 * @return the entry, {@code null} if the daemon does not hold the connection
	 */
	public @Nullable TableEntry entry() {
		return this.descriptors.entry();
	}

	/**
	 * Return whether something was read from the connection, and not taken here yet.
	 */
	public boolean hasPreread() {
		return this.descriptors.hasPreread();
	}

	/**
	 * Take what was read from the connection before, and comes before all else.
	 * @return the bytes, none if they were taken before
	 */
	public byte[] takePreread() {
		return this.descriptors.takePreread();
	}

	/**
	 * Return where that entry is.
	 * @return the place, {@code null} if the connection is in no table
	 */
	public @Nullable Place place() {
		return this.metadata.place();
	}

	@Override
	public SocketChannel channel() throws IOException {
		return this.descriptors.channel();
	}

	/**
	 * Return the connection as the channel of a server, which ends it for all that hold
	 * it before closing it. The channel stays the work's.
	 * @return the same channel on every call
	 * @throws IOException if the first descriptor is not a connected TCP socket
	 */
	public SocketChannel serverChannel() throws IOException {
		return this.descriptors.serverChannel();
	}

	/**
	 * Take the connection again that has left the channel of this work for the daemon and
	 * has not arrived there.
	 * @param connection the connection; moved, or closed if this throws
	 * @return the channel that it has from now on
	 * @throws IOException if the connection cannot be used any more
	 */
	public SocketChannel takeBack(Descriptor connection) throws IOException {
		return this.descriptors.takeBack(connection);
	}

	@Override
	public Work takeOver() {
		this.holders.incrementAndGet();
		return this;
	}

	/**
	 * Return the work that whoever serves has got through a channel of messages.
	 * @param work a work of fdwork
	 * @return the same
	 * @throws IllegalArgumentException if an interceptor has put one of its own in its
	 * place
	 */
	public static GotWork of(Work work) {
		if (work instanceof GotWork got) {
			return got;
		}
		throw new IllegalArgumentException(work.getClass().getName() + " did not come out of a queue of fdwork");
	}

	/**
	 * Say that nothing is to be done for the client until it sends more: the permit is
	 * free for another work. Does nothing if it has been said. Safe for all threads.
	 */
	public void idle() {
		this.permit.free();
	}

	/**
	 * Take a permit for what the client has sent since the work was {@linkplain #idle()
	 * idle}, if there is one. Does nothing if the work has one, or has ended. Safe for
	 * all threads.
	 * @return {@code false} if there is none: the work is still idle
	 */
	public boolean tryResume() {
		return this.permit.tryTakeAgain();
	}

	/**
	 * Take a permit as {@link #tryResume()} does, also if there is none: for a client
	 * that nobody else can answer. Until enough works are idle or have ended, none is
	 * got.
	 */
	public void resume() {
		this.permit.takeAgain();
	}

	/**
	 * Return for how long it has been served without a break: since it was got, or was
	 * idle last.
	 * @return the nanoseconds, 0 if it is idle or has ended
	 */
	public long servedNanos() {
		return this.permit.heldNanos();
	}

	/**
	 * Return whether nobody has asked this yet, who tells how long the work has waited.
	 */
	public synchronized boolean takeWait() {
		boolean told = this.waitTold;
		this.waitTold = true;
		return !told;
	}

	/**
	 * Return whether somebody has told how long the work has waited.
	 */
	public synchronized boolean isWaitTold() {
		return this.waitTold;
	}

	/**
	 * Say that a handler has returned: the work ends as served, unless it was taken over.
	 * For whoever calls handlers, once for itself and once for each time that it took the
	 * work over.
	 */
	public void release() {
		if (this.holders.decrementAndGet() == 0) {
			close();
		}
	}

	@Override
	public @Nullable WorkOutcome outcome() {
		return this.outcome.get();
	}

	@Override
	public void close() {
		end(WorkOutcome.SERVED);
	}

	@Override
	public void fail() {
		end(WorkOutcome.FAILED);
	}

	/**
	 * End the work as dropped before it reached a handler. Does nothing if it has ended
	 * before.
	 */
	public void drop() {
		end(WorkOutcome.DROPPED);
	}

	/**
	 * End the work as one whose client has gone before it reached a handler. Does nothing
	 * if it has ended before.
	 */
	public void depart() {
		end(WorkOutcome.DEPARTED);
	}

	/**
	 * End a work as served whose connection has left this process and lives on elsewhere,
	 * which its entry says already. Does nothing if it has ended before.
	 * @param work the work
	 */
	public static void leave(Work work) {
		if (work instanceof GotWork got) {
			got.end(WorkOutcome.SERVED, got.descriptors::close);
		}
		else {
			work.close();
		}
	}

	private void end(WorkOutcome outcome) {
		end(outcome, this.descriptors::end);
	}

	private void end(WorkOutcome outcome, Runnable close) {
		if (!this.outcome.compareAndSet(null, outcome)) {
			return;
		}
		long served = servedNanos();
		try {
			close.run();
		}
		finally {
			try {
				this.onEnd.accept(this, outcome);
			}
			finally {
				this.permit.end((outcome == WorkOutcome.SERVED || outcome == WorkOutcome.FAILED) ? served : -1);
			}
		}
	}

	@Override
	public String toString() {
		WorkOutcome outcome = this.outcome.get();
		return "Work " + id() + " of queue '" + queue() + "'"
				+ ((remoteAddress() != null) ? " from " + remoteAddress() : "") + " ("
				+ ((outcome != null) ? outcome : "in hand") + ")";
	}

}
