package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.lang.ref.Cleaner;
import java.net.InetSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFPipe;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open file of this process that exactly one object owns: this one, until it is closed
 * or moved.
 * <p>
 * Closing is once-only and idempotent. A {@code to...} method <em>moves</em> the
 * descriptor: the result owns it and must be closed, this object must not be used any
 * more (closing it stays allowed and does nothing). Every other method on a closed or
 * moved descriptor throws {@link IllegalStateException}. A descriptor that becomes
 * unreachable while it still owns its file is closed by a cleaner and counted in
 * {@link #leaked()}.
 * <p>
 * Safe for use by several threads; of several that close or move at the same time, one
 * wins.
 */
public final class Descriptor implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Descriptor.class);

	private static final Cleaner cleaner = Cleaner.create();

	private static final LongAdder opened = new LongAdder();

	private static final LongAdder ended = new LongAdder();

	private static final LongAdder leaked = new LongAdder();

	private final Ownership ownership;

	private final Cleaner.Cleanable cleanable;

	Descriptor(int number) {
		this.ownership = new Ownership(number);
		this.cleanable = cleaner.register(this, this.ownership);
		opened.increment();
		DescriptorTable.saw(number);
	}

	/**
	 * Create a descriptor of the file that a stream reads. Both refer to the same open
	 * file and share its position; each is closed by its owner.
	 * @param stream an open stream; stays the caller's
	 * @return a descriptor that the caller must close
	 * @throws IOException if the process has no descriptor left
	 */
	public static Descriptor duplicateOf(FileInputStream stream) throws IOException {
		return duplicateOf(stream.getFD());
	}

	/**
	 * Create a descriptor of the file that a stream writes.
	 * @param stream an open stream; stays the caller's
	 * @return a descriptor that the caller must close
	 * @throws IOException if the process has no descriptor left
	 */
	public static Descriptor duplicateOf(FileOutputStream stream) throws IOException {
		return duplicateOf(stream.getFD());
	}

	/**
	 * Create a descriptor of an open file.
	 * @param file an open file; stays the caller's
	 * @return a descriptor that the caller must close
	 * @throws IOException if the process has no descriptor left
	 */
	public static Descriptor duplicateOf(RandomAccessFile file) throws IOException {
		return duplicateOf(file.getFD());
	}

	/**
	 * Create a descriptor of the socket of a Netty channel, server channels included. The
	 * channel should not be registered with an event loop that goes on reading it.
	 * @param channel an open epoll channel; stays the caller's
	 * @return a descriptor that the caller must close
	 * @throws IOException if the process has no descriptor left
	 */
	public static Descriptor duplicateOf(UnixChannel channel) throws IOException {
		return new Descriptor(Numbers.duplicate(channel.fd().intValue()));
	}

	/**
	 * Create a descriptor of the socket of a channel of the JDK. The channel should not
	 * be registered with a selector: closed while it is, it ends the connection for all
	 * who hold it.
	 * @param channel an open channel; stays the caller's
	 * @return a descriptor that the caller must close
	 * @throws IOException if the process has no descriptor left, or
	 * {@code java.base/sun.nio.ch} is not opened to fdwork
	 */
	public static Descriptor duplicateOf(SocketChannel channel) throws IOException {
		return new Descriptor(Numbers.duplicate(SocketChannels.number(channel)));
	}

	/**
	 * Create a pipe.
	 * @return both ends, which the caller must close
	 * @throws IOException if the process has too few descriptors left
	 */
	public static Pipe pipe() throws IOException {
		NativePlatform.require();
		// Netty makes pipes too, but of ends that do not block
		try (AFPipe pipe = AFPipe.open()) {
			Descriptor source = duplicateOf(pipe.source().getFileDescriptor());
			try {
				return new Pipe(source, duplicateOf(pipe.sink().getFileDescriptor()));
			}
			catch (Throwable ex) {
				source.close();
				throw ex;
			}
		}
	}

	private static Descriptor duplicateOf(FileDescriptor file) throws IOException {
		NativePlatform.require();
		return new Descriptor(Numbers.duplicate(file));
	}

	/**
	 * Return how many descriptors fdwork owns in this process.
	 * @return the number of descriptors neither closed nor moved out of this type
	 */
	public static long open() {
		return opened.sum() - ended.sum();
	}

	/**
	 * Return how many descriptors were forgotten by their owner and closed by the
	 * cleaner.
	 * @return the number since the start of this process
	 */
	public static long leaked() {
		return leaked.sum();
	}

	/**
	 * Return whether this object still owns its descriptor.
	 * @return {@code true} until it is closed or moved
	 */
	public boolean isOpen() {
		return this.ownership.isHeld();
	}

	/**
	 * Move the descriptor to a new owner.
	 * @return the new owner, to be closed by whoever receives it
	 */
	public Descriptor move() {
		return new Descriptor(release());
	}

	/**
	 * Duplicate the descriptor.
	 * @return a second descriptor of the same open file, to be closed by the caller
	 * @throws IOException if the process has no descriptor left
	 */
	public Descriptor duplicate() throws IOException {
		return new Descriptor(Numbers.duplicate(number()));
	}

	/**
	 * End the output of a connection for everybody who holds it: the peer sees the end of
	 * the stream even while another process still has a duplicate. Does nothing for a
	 * descriptor that is not a connected socket.
	 */
	public void shutdownOutput() {
		try {
			new Socket(number()).shutdown(false, true);
		}
		catch (IOException | ChannelException | NotYetConnectedException ex) {
			// Not a socket, or the peer has gone: there is no output left to end
			logger.trace("No output to shut down", ex);
		}
	}

	/**
	 * Move a connected TCP socket into a blocking channel. This is the JDK's own
	 * {@code SocketChannel} where {@code java.base/sun.nio.ch} is opened to fdwork, and
	 * junixsocket's otherwise, which the log says once.
	 * @param remote the address of the other end, if known
	 * @return a channel that owns the descriptor
	 * @throws IOException if the descriptor is not a connected TCP socket; it is not
	 * moved then
	 */
	public SocketChannel toSocketChannel(@Nullable InetSocketAddress remote) throws IOException {
		return SocketChannels.open(number(), remote, this::move, this::release);
	}

	/**
	 * Move a connected TCP socket into a Netty channel that is not registered yet. When
	 * the channel is closed it shuts the connection down first: the peer sees the end
	 * even while another process still has a duplicate.
	 * @param remote the address of the other end, if known
	 * @param local the address of this end, if known
	 * @return a channel that owns the descriptor
	 * @throws ChannelException if the descriptor is not a connected TCP socket; it is
	 * closed then
	 */
	public io.netty.channel.socket.SocketChannel toNettyChannel(@Nullable InetSocketAddress remote,
			@Nullable InetSocketAddress local) {
		return ConnectionChannel.of(this, remote, local, null);
	}

	/**
	 * Move a readable descriptor into a stream.
	 * @return a stream that owns the descriptor
	 */
	public InputStream toInputStream() {
		// FileInputStream.readAllBytes() of Java 17 fails for
		// pipes, that of InputStream does not
		return new FilterInputStream(new FileInputStream(Numbers.owned(release()))) {
		};
	}

	/**
	 * Move a writable descriptor into a stream.
	 * @return a stream that owns the descriptor
	 */
	public OutputStream toOutputStream() {
		return new FileOutputStream(Numbers.owned(release()));
	}

	/**
	 * Move a file that can be read and written into a channel. The file is opened anew:
	 * the channel begins at the position that the descriptor has, and from there on has a
	 * position of its own.
	 * @return a channel that owns the file
	 * @throws IOException if the descriptor is not a file; it is closed then
	 */
	public FileChannel toFileChannel() throws IOException {
		return Numbers.fileChannel(release());
	}

	/**
	 * Close the descriptor. Does nothing if it has been closed or moved before.
	 */
	@Override
	public void close() {
		this.ownership.forget();
		this.cleanable.clean();
	}

	int number() {
		return this.ownership.number();
	}

	/**
	 * Give the number up to an owner outside this type.
	 */
	int release() {
		int number = this.ownership.take();
		this.cleanable.clean();
		return number;
	}

	@Override
	public String toString() {
		return this.ownership.toString();
	}

	/**
	 * The two ends of a pipe.
	 *
	 * @param source the end to read from
	 * @param sink the end to write to
	 */
	public record Pipe(Descriptor source, Descriptor sink) implements AutoCloseable {

		@Override
		public void close() {
			this.source.close();
			this.sink.close();
		}

	}

	/**
	 * The state that outlives the {@link Descriptor}, so that the cleaner can close what
	 * was forgotten.
	 */
	private static final class Ownership implements Runnable {

		private static final int HELD = 0;

		private static final int RELEASED = 1;

		private static final int CLOSING = 2;

		private static final int ENDED = 3;

		private final int number;

		private final AtomicInteger state = new AtomicInteger(HELD);

		Ownership(int number) {
			this.number = number;
		}

		boolean isHeld() {
			return this.state.get() == HELD;
		}

		int number() {
			if (!isHeld()) {
				throw new IllegalStateException(this + ": it has no descriptor to use any more");
			}
			return this.number;
		}

		int take() {
			if (!this.state.compareAndSet(HELD, RELEASED)) {
				throw new IllegalStateException(this + ": it has no descriptor to move any more");
			}
			return this.number;
		}

		void forget() {
			this.state.compareAndSet(HELD, CLOSING);
		}

		@Override
		public void run() {
			int before = this.state.getAndSet(ENDED);
			if (before == ENDED) {
				return;
			}
			ended.increment();
			if (before == RELEASED) {
				return;
			}
			if (before == HELD) {
				leaked.increment();
				logger.warn("Descriptor {} was forgotten by its owner; closed it", this.number);
			}
			Numbers.close(this.number);
		}

		@Override
		public String toString() {
			return "descriptor " + this.number + switch (this.state.get()) {
				case HELD -> "";
				case RELEASED -> " (moved)";
				default -> " (ended)";
			};
		}

	}

}
