package io.fdwork.descriptor;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import io.netty.channel.ChannelException;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.SelectStrategy;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.ThreadAwareExecutor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the threads of a process wait for what one socket brings that other processes take
 * from, too: one of them leads, which waits and takes what comes next; then the next one
 * leads. So the process has one place in the line of all processes, however many threads
 * it has, and one epoll.
 * <p>
 * Who is woken looks once more when it leads, and then lets the next one lead: so all
 * that were woken return one after the other.
 */
final class LineWait {

	private static final Logger logger = LoggerFactory.getLogger(LineWait.class);

	private final ReentrantLock lead = new ReentrantLock();

	// Written by who holds the lock
	private volatile @Nullable Line line;

	// Written by who leads or has just led
	private volatile long notBeforeNanos = System.nanoTime();

	private int takers;

	/**
	 * Say that one more taker may wait here.
	 */
	synchronized void join() {
		this.takers++;
	}

	/**
	 * Say that a taker waits no more. The last one closes what was opened to wait.
	 */
	synchronized void leave() {
		this.takers--;
		if (this.takers == 0) {
			this.lead.lock();
			try {
				Line line = this.line;
				if (line != null) {
					line.close();
					this.line = null;
				}
			}
			finally {
				this.lead.unlock();
			}
		}
	}

	/**
	 * Let whoever leads look whether it has been woken.
	 */
	void wake() {
		Line line = this.line;
		if (line != null) {
			line.wake();
		}
	}

	/**
	 * Wait for something to take, and take it.
	 * @return what was taken, or {@code null} if nothing came in time, the taker was
	 * woken or not admitted, or the thread was interrupted while another one led
	 */
	<T> @Nullable T take(Taker<T> taker, Duration timeout, Admission admission) throws IOException {
		long deadline = System.nanoTime() + timeout.toNanos();
		try {
			if (!this.lead.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
				// Nothing is said to be empty that was not looked at
				return taker.look(admission);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return null;
		}
		try {
			return take(line(taker), taker, deadline, admission);
		}
		finally {
			this.lead.unlock();
		}
	}

	private <T> @Nullable T take(Line line, Taker<T> taker, long deadline, Admission admission) throws IOException {
		try {
			while (true) {
				long left = deadline - System.nanoTime();
				boolean last = left <= 0 || taker.isWoken();
				if (last || !isStandingBack()) {
					T taken = taker.look(admission);
					if (last || taken != null || taker.isRefused()) {
						return taken;
					}
				}
				else if (!taker.isAdmitted(admission)) {
					return null;
				}
				line.await(taker, deadline);
				if (isStandingBack()) {
					line.rest(taker, this.notBeforeNanos);
				}
			}
		}
		finally {
			// The next one that waits goes to the end of the line
			line.leave();
		}
	}

	/**
	 * Let whoever leads leave what comes to other processes for some time.
	 * @param untilNanos until when, of {@link System#nanoTime()}
	 */
	void standBack(long untilNanos) {
		this.notBeforeNanos = untilNanos;
	}

	boolean isStandingBack() {
		return this.notBeforeNanos - System.nanoTime() > 0;
	}

	private Line line(Taker<?> taker) throws IOException {
		Line line = this.line;
		if (line == null) {
			line = new Line(taker.descriptor().duplicate(), this.lead);
			this.line = line;
		}
		return line;
	}

	/**
	 * The place of this process in the line.
	 */
	private static final class Line implements IoHandlerContext, ThreadAwareExecutor {

		private final Descriptor descriptor;

		private final ReentrantLock lead;

		private final IoHandler epoll;

		private final LineWatch watch;

		private @Nullable Taker<?> leader;

		private long deadline;

		private boolean closed;

		Line(Descriptor descriptor, ReentrantLock lead) {
			this.descriptor = descriptor;
			this.lead = lead;
			try {
				this.epoll = EpollIoHandler.newFactory(1, () -> (supplier, hasTasks) -> SelectStrategy.SELECT)
					.newHandler(this);
				this.epoll.initialize();
			}
			catch (RuntimeException | Error ex) {
				descriptor.close();
				throw ex;
			}
			this.watch = new LineWatch(descriptor, this::register, () -> {
				// Whoever leads looks after each wait
			});
		}

		private IoRegistration register(IoHandle handle) {
			try {
				return this.epoll.register(handle);
			}
			catch (Exception ex) {
				throw new ChannelException("Cannot wait in line", ex);
			}
		}

		/**
		 * Wait in the line until there is most likely something to take, or the leader is
		 * woken.
		 */
		void await(Taker<?> leader, long deadline) {
			this.watch.start();
			run(leader, deadline);
		}

		/**
		 * Wait beside the line until the leader is woken.
		 */
		void rest(Taker<?> leader, long deadline) {
			leave();
			run(leader, deadline);
		}

		private void run(Taker<?> leader, long deadline) {
			this.leader = leader;
			this.deadline = deadline;
			this.epoll.run(this);
		}

		void leave() {
			this.watch.stop();
		}

		/**
		 * May be called by any thread, also of a line that has ended.
		 */
		synchronized void wake() {
			if (!this.closed) {
				this.epoll.wakeup();
			}
		}

		synchronized void close() {
			this.closed = true;
			this.watch.stop();
			this.epoll.prepareToDestroy();
			this.epoll.destroy();
			this.descriptor.close();
		}

		/**
		 * Asked once a wake-up can reach the wait: one that came before is seen here.
		 */
		@Override
		public boolean canBlock() {
			return this.leader == null || !this.leader.isWoken();
		}

		@Override
		public long delayNanos(long currentTimeNanos) {
			return Math.max(0, this.deadline - currentTimeNanos);
		}

		@Override
		public long deadlineNanos() {
			return this.deadline;
		}

		@Override
		public boolean isExecutorThread(Thread thread) {
			// Of the current thread only, whoever asks
			return this.lead.isHeldByCurrentThread();
		}

		@Override
		public void execute(Runnable command) {
			command.run();
		}

	}

}
