package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that watches the life lines of other processes, and does what is due in
 * between. Safe for all threads.
 *
 * @hidden
 */
@Internal
public final class LifeWatch implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LifeWatch.class);

	private static final EpollIoOps END = EpollIoOps.EPOLLRDHUP;

	private static final EpollIoOps BEATS_AND_END = END.with(EpollIoOps.EPOLLIN);

	/**
	 * Beats of some minutes: a process that was stopped reads them at once.
	 */
	private static final int MAX_BEATS = 1024;

	private final IoEventLoop loop;

	private final ByteBuffer beats = ByteBuffer.allocateDirect(MAX_BEATS);

	// Of the loop
	private final Set<Line> lines = new HashSet<>();

	private boolean closed;

	/**
	 * Create a watch over nothing.
	 * @param threadName the name of its thread, which starts with the first thing to do
	 */
	public LifeWatch(String threadName) {
		this.loop = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory(threadName, true),
				EpollIoHandler.newFactory())
			.next();
	}

	/**
	 * Take a line, to watch it for its beats and its end.
	 * @param end the other end of the line of another process; moved, also if this throws
	 * @param observer is told what it says
	 * @return the line, which is not watched yet, to be closed by the caller
	 * @throws IOException if it is no life line
	 */
	public Line take(Descriptor end, LifeObserver observer) throws IOException {
		return take(end, BEATS_AND_END, observer);
	}

	/**
	 * Take a line, to watch it for its end only. Whatever is sent stays unread in the
	 * buffer of its sender.
	 * @param end the other end of the line of another process; moved, also if this throws
	 * @param observer is told of the end
	 * @return the line, which is not watched yet, to be closed by the caller
	 * @throws IOException if it is no life line
	 */
	public Line takeForEnd(Descriptor end, LifeObserver observer) throws IOException {
		return take(end, END, observer);
	}

	private Line take(Descriptor end, EpollIoOps interest, LifeObserver observer) throws IOException {
		Descriptor moved = end.move();
		if (!LifeLine.isOtherEnd(moved)) {
			moved.close();
			throw new IOException("Not the end of a life line");
		}
		return new Line(moved, interest, observer);
	}

	/**
	 * Do something on the thread.
	 * @param task what to do; not done after the close
	 * @return whether it is done
	 */
	public boolean execute(Runnable task) {
		try {
			this.loop.execute(task);
			return true;
		}
		catch (RejectedExecutionException ex) {
			logger.trace("Closed already", ex);
			return false;
		}
	}

	/**
	 * Do something on the thread now and again and again.
	 * @param interval the time from the end of one to the begin of the next
	 * @param task what to do; one that throws is not done again
	 */
	public void repeat(Duration interval, Runnable task) {
		this.loop.scheduleWithFixedDelay(task, 0, interval.toNanos(), TimeUnit.NANOSECONDS);
	}

	/**
	 * Let go of all lines, and end the thread. Does not wait for the observers.
	 */
	@Override
	public void close() {
		execute(() -> {
			this.closed = true;
			List.copyOf(this.lines).forEach(Line::leave);
		});
		this.loop.parent().shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
	}

	/**
	 * A line that is watched.
	 */
	public final class Line implements AutoCloseable {

		private final Descriptor descriptor;

		private final Handle handle;

		// Of the loop, as all that follows
		private final EpollIoOps interest;

		private final LifeObserver observer;

		private @Nullable IoRegistration registration;

		private boolean left;

		private Line(Descriptor descriptor, EpollIoOps interest, LifeObserver observer) {
			this.descriptor = descriptor;
			this.handle = new Handle(new FileDescriptor(descriptor.number()), this::tell);
			this.interest = interest;
			this.observer = observer;
		}

		/**
		 * Watch the line from now on, or let go of it if the watch is closed.
		 */
		public void start() {
			if (!execute(this::enter)) {
				this.descriptor.close();
			}
		}

		private void enter() {
			if (this.left) {
				return;
			}
			if (LifeWatch.this.closed) {
				leave();
				return;
			}
			LifeWatch.this.lines.add(this);
			try {
				this.registration = LifeWatch.this.loop.register(this.handle).syncUninterruptibly().getNow();
				this.registration.submit(this.interest);
			}
			catch (RuntimeException | Error ex) {
				// For instance fs.epoll.max_user_watches
				logger.debug("A life line cannot be watched", ex);
				leave();
				this.observer.unwatched();
			}
		}

		private void leave() {
			this.left = true;
			// First: epoll would go on reporting what lives on elsewhere
			if (this.registration != null) {
				this.registration.cancel();
				this.registration = null;
			}
			LifeWatch.this.lines.remove(this);
			this.descriptor.close();
		}

		private void tell(IoEvent event) {
			if (this.left) {
				return;
			}
			int ready = ((EpollIoEvent) event).ops().value() & this.interest.value();
			if ((ready & EpollIoOps.EPOLLIN.value()) != 0 && readBeats()) {
				this.observer.beat();
			}
			else {
				leave();
				this.observer.ended();
			}
		}

		private boolean readBeats() {
			try {
				return this.handle.view.read(LifeWatch.this.beats, 0, MAX_BEATS) >= 0;
			}
			catch (IOException ex) {
				logger.debug("A life line was reset", ex);
				return false;
			}
		}

		/**
		 * Let go of the line. Its observer is told nothing more: at once if this is the
		 * thread that tells it.
		 */
		@Override
		public void close() {
			if (LifeWatch.this.loop.inEventLoop()) {
				leave();
			}
			else if (!execute(this::leave)) {
				this.descriptor.close();
			}
		}

	}

	/**
	 * What epoll knows of a line.
	 */
	private static final class Handle implements EpollIoHandle {

		private final FileDescriptor view;

		private final Consumer<IoEvent> ready;

		Handle(FileDescriptor view, Consumer<IoEvent> ready) {
			this.view = view;
			this.ready = ready;
		}

		@Override
		public FileDescriptor fd() {
			return this.view;
		}

		@Override
		public void handle(IoRegistration registration, IoEvent event) {
			this.ready.accept(event);
		}

		@Override
		public void close() {
			// The end belongs to the line
		}

	}

}
