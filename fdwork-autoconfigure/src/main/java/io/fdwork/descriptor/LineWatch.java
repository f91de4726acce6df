package io.fdwork.descriptor;

import java.util.function.Function;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * A place in the line of those who wait for what a socket brings: the messages of a
 * {@link MessagePair}, or the connections of a {@link SharedListener}. For each the
 * kernel wakes one of them, whatever process it is in: the first in line that has nothing
 * else to do at that moment (EPOLLEXCLUSIVE of epoll_ctl(2)). Who was woken keeps its
 * place.
 * <p>
 * For the thread of the event loop alone.
 *
 * @hidden
 */
@Internal
public final class LineWatch {

	/**
	 * Of linux/eventpoll.h, since Linux 4.5. It is taken only when a descriptor is added,
	 * so each change is a new registration.
	 */
	private static final int EPOLLEXCLUSIVE = 1 << 28;

	private static final EpollIoOps INTEREST = EpollIoOps.valueOf(EpollIoOps.EPOLLIN.value() | EPOLLEXCLUSIVE);

	private final Function<IoHandle, IoRegistration> epoll;

	private final Handle handle;

	private @Nullable IoRegistration registration;

	/**
	 * Create a watch that does not wait yet.
	 * @param descriptor the socket, which stays the caller's and must stay open while
	 * this waits
	 * @param epoll registers with an epoll
	 * @param readable is told that there is most likely something
	 */
	LineWatch(Descriptor descriptor, Function<IoHandle, IoRegistration> epoll, Runnable readable) {
		this.epoll = epoll;
		this.handle = new Handle(new FileDescriptor(descriptor.number()), readable);
	}

	/**
	 * Wait, at the end of the line. Does nothing if it waits.
	 * @throws RuntimeException if the kernel does not let it wait
	 */
	public void start() {
		if (this.registration == null) {
			IoRegistration registration = this.epoll.apply(this.handle);
			try {
				registration.submit(INTEREST);
				this.registration = registration;
			}
			finally {
				if (this.registration == null) {
					registration.cancel();
				}
			}
		}
	}

	/**
	 * Wait no more. Does nothing if it does not wait.
	 */
	public void stop() {
		if (this.registration != null) {
			this.registration.cancel();
			this.registration = null;
		}
	}

	/**
	 * Let the others go first.
	 */
	public void moveBack() {
		stop();
		start();
	}

	/**
	 * What epoll knows of the socket.
	 */
	static final class Handle implements EpollIoHandle {

		private final FileDescriptor view;

		private final Runnable readable;

		Handle(FileDescriptor view, Runnable readable) {
			this.view = view;
			this.readable = readable;
		}

		@Override
		public FileDescriptor fd() {
			return this.view;
		}

		@Override
		public void handle(IoRegistration registration, IoEvent event) {
			// One that was cancelled may still be reported by the same call
			if (registration.isValid()) {
				this.readable.run();
			}
		}

		@Override
		public void close() {
			// The socket belongs to whoever takes from it
		}

	}

}
