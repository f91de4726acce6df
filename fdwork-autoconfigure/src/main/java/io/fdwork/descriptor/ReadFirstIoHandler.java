package io.fdwork.descriptor;

import java.util.ArrayDeque;
import java.util.Queue;

import io.netty.channel.ChannelException;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads each new connection once before it is added to epoll. A connection that comes
 * from a queue has mostly sent its request by then, so one that is closed after its
 * response needs no epoll at all, which saves three system calls for each.
 */
final class ReadFirstIoHandler implements IoHandler {

	private static final Logger logger = LoggerFactory.getLogger(ReadFirstIoHandler.class);

	static final EpollIoEvent READABLE = () -> EpollIoOps.EPOLLIN;

	private static final FastThreadLocal<ReadFirstIoHandler> current = new FastThreadLocal<>();

	private final IoHandler epoll;

	private final Queue<Registration> fresh = new ArrayDeque<>();

	// The same for all registrations of an epoll
	private @Nullable Object attachment;

	private ReadFirstIoHandler(IoHandler epoll) {
		this.epoll = epoll;
	}

	static IoHandlerFactory newFactory() {
		IoHandlerFactory epoll = EpollIoHandler.newFactory();
		return (executor) -> new ReadFirstIoHandler(epoll.newHandler(executor));
	}

	/**
	 * Read the new connections of the event loop whose thread this is now. Does nothing
	 * on any other thread.
	 */
	static void readFresh() {
		ReadFirstIoHandler handler = current.getIfExists();
		if (handler != null) {
			handler.readAll();
		}
	}

	@Override
	public void initialize() {
		current.set(this);
		this.epoll.initialize();
	}

	@Override
	public int run(IoHandlerContext context) {
		return readAll() + this.epoll.run(context);
	}

	private int readAll() {
		int count = 0;
		for (Registration next = this.fresh.poll(); next != null; next = this.fresh.poll()) {
			next.readFirst();
			count++;
		}
		return count;
	}

	@Override
	public void prepareToDestroy() {
		this.epoll.prepareToDestroy();
	}

	@Override
	public void destroy() {
		current.remove();
		this.epoll.destroy();
	}

	@Override
	public IoRegistration register(IoHandle handle) throws Exception {
		if (handle instanceof LineWatch.Handle) {
			return this.epoll.register(handle);
		}
		Registration registration = new Registration(handle);
		this.fresh.add(registration);
		return registration;
	}

	@Override
	public void wakeup() {
		this.epoll.wakeup();
	}

	@Override
	public boolean isCompatible(Class<? extends IoHandle> handleType) {
		return this.epoll.isCompatible(handleType);
	}

	/**
	 * A registration that comes to epoll only when its handle is still open after the
	 * first read.
	 */
	private final class Registration implements IoRegistration {

		private final IoHandle handle;

		private EpollIoOps ops = EpollIoOps.NONE;

		private @Nullable IoRegistration added;

		private boolean cancelled;

		Registration(IoHandle handle) {
			this.handle = handle;
		}

		/**
		 * Read, and come to epoll if the handle is still open after that.
		 */
		void readFirst() {
			try {
				if (this.added == null && this.ops.contains(EpollIoOps.EPOLLIN)) {
					this.handle.handle(this, READABLE);
				}
				add();
			}
			catch (RuntimeException ex) {
				// For instance fs.epoll.max_user_watches. The
				// loop goes on with the others
				logger.warn("A connection cannot be watched", ex);
				close();
			}
		}

		private void add() {
			if (this.added == null && !this.cancelled) {
				IoRegistration added = addToEpoll();
				if (this.ops != EpollIoOps.NONE) {
					added.submit(this.ops);
				}
			}
		}

		void close() {
			cancel();
			try {
				this.handle.close();
			}
			catch (Exception ex) {
				logger.debug("A connection cannot be closed", ex);
			}
		}

		private IoRegistration addToEpoll() {
			try {
				IoRegistration added = ReadFirstIoHandler.this.epoll.register(this.handle);
				this.added = added;
				ReadFirstIoHandler.this.attachment = added.attachment();
				return added;
			}
			catch (RuntimeException ex) {
				throw ex;
			}
			catch (Exception ex) {
				throw new ChannelException("Cannot register with epoll", ex);
			}
		}

		@Override
		@SuppressWarnings("unchecked")
		public <T> T attachment() {
			Object attachment = ReadFirstIoHandler.this.attachment;
			if (attachment == null) {
				add();
				attachment = ReadFirstIoHandler.this.attachment;
			}
			if (attachment == null) {
				throw new IllegalStateException("The registration was cancelled before epoll had any");
			}
			return (T) attachment;
		}

		@Override
		public long submit(IoOps ops) {
			if (this.added != null) {
				return this.added.submit(ops);
			}
			this.ops = (EpollIoOps) ops;
			return this.ops.value();
		}

		@Override
		public boolean isValid() {
			return (this.added != null) ? this.added.isValid() : !this.cancelled;
		}

		@Override
		public boolean cancel() {
			if (this.added != null) {
				return this.added.cancel();
			}
			boolean valid = !this.cancelled;
			this.cancelled = true;
			return valid;
		}

	}

}
