package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
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
 * How the threads of a process wait for the messages of one pair: one of them leads, which
 * waits and takes the next message; then the next one leads. So the process has one place
 * in the line of all processes, however many threads it has, and one epoll.
 */
final class MessageWait {

	private static final Logger logger = LoggerFactory.getLogger(MessageWait.class);

	private final ReentrantLock lead = new ReentrantLock();

	// Guarded by the lock
	private @Nullable Line line;

	private int receivers;

	/**
	 * Say that one more receiver may wait here.
	 */
	synchronized void join() {
		this.receivers++;
	}

	/**
	 * Say that a receiver waits no more. The last one closes what was opened to wait.
	 */
	synchronized void leave() {
		this.receivers--;
		if (this.receivers == 0) {
			this.lead.lock();
			try {
				if (this.line != null) {
					this.line.close();
					this.line = null;
				}
			}
			finally {
				this.lead.unlock();
			}
		}
	}

	/**
	 * Wait for a message and receive it.
	 * @return what was received, or {@code null} if nothing came in time or the thread was
	 * interrupted while another one led
	 */
	@Nullable Received receive(Receiver receiver, ByteBuffer buffer, Duration timeout) throws IOException {
		long deadline = System.nanoTime() + timeout.toNanos();
		try {
			if (!this.lead.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
				return null;
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return null;
		}
		try {
			Line line = line(receiver);
			Received received = receiver.receive(buffer);
			for (long left = deadline - System.nanoTime(); received == null
					&& left > 0; left = deadline - System.nanoTime()) {
				line.await(left);
				received = receiver.receive(buffer);
			}
			moveBack(line);
			return received;
		}
		finally {
			this.lead.unlock();
		}
	}

	private void moveBack(Line line) {
		try {
			line.moveBack();
		}
		catch (RuntimeException ex) {
			// For instance fs.epoll.max_user_watches. What was received must not be lost; the next
			// one starts a line
			logger.warn("Cannot wait for messages in this line any more", ex);
			line.close();
			this.line = null;
		}
	}

	private Line line(Receiver receiver) throws IOException {
		if (this.line == null) {
			this.line = new Line(receiver.duplicateDescriptor());
		}
		return this.line;
	}

	/**
	 * The place of this process in the line.
	 */
	private static final class Line implements IoHandlerContext, ThreadAwareExecutor {

		private final Descriptor descriptor;

		private final IoHandler epoll;

		private final MessageWatch watch;

		private long deadline;

		Line(Descriptor descriptor) {
			this.descriptor = descriptor;
			try {
				this.epoll = EpollIoHandler.newFactory(1, () -> (supplier, hasTasks) -> SelectStrategy.SELECT).newHandler(this);
				this.epoll.initialize();
			}
			catch (RuntimeException | Error ex) {
				descriptor.close();
				throw ex;
			}
			this.watch = new MessageWatch(descriptor, this::register, () -> {
				// Whoever leads looks after each wait
			});
			try {
				this.watch.start();
			}
			catch (RuntimeException | Error ex) {
				close();
				throw ex;
			}
		}

		private IoRegistration register(IoHandle handle) {
			try {
				return this.epoll.register(handle);
			}
			catch (Exception ex) {
				throw new ChannelException("Cannot wait for messages", ex);
			}
		}

		void await(long nanos) {
			this.deadline = System.nanoTime() + nanos;
			this.epoll.run(this);
		}

		void moveBack() {
			this.watch.moveBack();
		}

		void close() {
			this.watch.stop();
			this.epoll.prepareToDestroy();
			this.epoll.destroy();
			this.descriptor.close();
		}

		@Override
		public boolean canBlock() {
			return true;
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
			// Whoever leads
			return true;
		}

		@Override
		public void execute(Runnable command) {
			command.run();
		}

	}

}
