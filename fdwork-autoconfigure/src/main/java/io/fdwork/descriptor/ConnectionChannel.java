package io.fdwork.descriptor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.NotYetConnectedException;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelException;
import io.netty.channel.FileRegion;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.AbstractEpollStreamChannel;
import io.netty.channel.epoll.LinuxSocket;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A TCP connection that another process accepted, as a Netty channel. It differs from
 * Netty's own channel in two ways: it takes the addresses and the socket options as the
 * daemon left them, which saves six system calls for each connection, and it shuts the
 * connection down before it closes, so that the client sees the end also while another
 * process still holds a duplicate of the descriptor.
 *
 * @hidden
 */
@Internal
public final class ConnectionChannel extends AbstractEpollStreamChannel implements SocketChannel {

	private static final Logger logger = LoggerFactory.getLogger(ConnectionChannel.class);

	private final ConnectionChannelConfig config;

	private final InetSocketAddress remote;

	private final InetSocketAddress local;

	private final @Nullable ServerSocketChannel parent;

	private boolean detached;

	private boolean readBegun;

	private long written;

	// What came from a pipe, for instance
	private boolean writtenUncounted;

	private ConnectionChannel(LinuxSocket socket, InetSocketAddress remote, InetSocketAddress local,
			@Nullable ServerSocketChannel parent) {
		// An active one would ask for its addresses
		super(socket, false);
		this.remote = remote;
		this.local = local;
		this.parent = parent;
		this.config = new ConnectionChannelConfig(this);
		this.active = true;
	}

	/**
	 * Move a connected TCP socket into a channel that is not registered yet, and that has
	 * a parent for servers that know their connections by it.
	 * @param connection the connection; moved
	 * @param remote the address of the other end, if known
	 * @param local the address of this end, if known
	 * @param parent the server channel that the connection seems to come from, if any
	 * @return a channel that owns the connection
	 * @throws ChannelException if the descriptor is not a connected TCP socket; it is
	 * closed then
	 */
	public static ConnectionChannel of(Descriptor connection, @Nullable InetSocketAddress remote,
			@Nullable InetSocketAddress local, @Nullable ServerSocketChannel parent) {
		int number = connection.release();
		try {
			return open(number, remote, local, parent);
		}
		catch (RuntimeException | Error ex) {
			// For others who hold it, too
			TcpSockets.shutdown(number);
			Numbers.close(number);
			throw ex;
		}
	}

	/**
	 * Create a channel, which owns the number if this returns.
	 */
	private static ConnectionChannel open(int number, @Nullable InetSocketAddress remote,
			@Nullable InetSocketAddress local, @Nullable ServerSocketChannel parent) {
		LinuxSocket socket = LinuxSocket.newSocket(number);
		InetSocketAddress peer = (remote != null) ? remote : socket.remoteAddress();
		InetSocketAddress own = (local != null) ? local : socket.localAddress();
		if (peer == null || own == null) {
			throw new ChannelException("Descriptor " + number + " is not a connected TCP socket");
		}
		return new ConnectionChannel(socket, peer, own, parent);
	}

	/**
	 * Return what creates the I/O handlers of event loops that serve such channels. They
	 * serve other epoll channels too.
	 * @return a factory
	 */
	public static IoHandlerFactory newIoHandlerFactory() {
		return ReadFirstIoHandler.newFactory();
	}

	/**
	 * Read now what the clients of new channels have sent, before epoll knows them; one
	 * that is closed after that never comes to it. Without a call the event loop does so
	 * soon. Does nothing on other threads than those of event loops with
	 * {@link #newIoHandlerFactory()}.
	 */
	public static void readFirst() {
		ReadFirstIoHandler.readFresh();
	}

	/**
	 * Read now what the client has sent, if the pipeline wants to read, instead of after
	 * the event loop has waited for events. For a channel that has just been registered,
	 * on its event loop: so whoever got the connection serves it before it gets another.
	 */
	public void readAtOnce() {
		if (this.readBegun && isActive() && unsafe() instanceof IoHandle handle) {
			handle.handle(registration(), ReadFirstIoHandler.READABLE);
		}
	}

	@Override
	protected void doBeginRead() throws Exception {
		this.readBegun = true;
		super.doBeginRead();
	}

	@Override
	protected Object filterOutboundMessage(Object message) {
		Object filtered = super.filterOutboundMessage(message);
		if (filtered instanceof ByteBuf bytes) {
			this.written += bytes.readableBytes();
		}
		else if (filtered instanceof FileRegion file) {
			this.written += file.count() - file.transferred();
		}
		else {
			this.writtenUncounted = true;
		}
		return filtered;
	}

	/**
	 * Return how many bytes this channel was given to write, whether they are on their
	 * way or not. For the event loop of the channel.
	 * @return the number, or -1 if that is not known
	 */
	public long written() {
		return (this.writtenUncounted) ? -1 : this.written;
	}

	LinuxSocket socket() {
		return this.socket;
	}

	@Override
	public @Nullable ServerSocketChannel parent() {
		return this.parent;
	}

	@Override
	public ConnectionChannelConfig config() {
		return this.config;
	}

	@Override
	public InetSocketAddress localAddress() {
		return this.local;
	}

	@Override
	public InetSocketAddress remoteAddress() {
		return this.remote;
	}

	/**
	 * End this channel without ending the connection: the pipeline sees the channel
	 * inactive, the client sees nothing. What the client has sent and nobody has read
	 * stays in the connection. For the event loop of the channel, when nothing is left to
	 * write.
	 * @return the connection, to be closed by the caller
	 * @throws IOException if the process has no descriptor left; the channel goes on then
	 */
	public Descriptor detach() throws IOException {
		if (!eventLoop().inEventLoop() || !isActive()) {
			throw new IllegalStateException("Only an active channel can be detached, on its event loop");
		}
		Descriptor connection = Descriptor.duplicateOf(this);
		this.detached = true;
		// Not through the pipeline, where handlers say goodbye to the
		// client. Takes the number out of epoll first, which would
		// report a connection that lives on elsewhere
		unsafe().close(voidPromise());
		return connection;
	}

	/**
	 * Return whether the connection has left this channel.
	 * @return {@code true} after {@link #detach()}; for the event loop of the channel
	 */
	public boolean isDetached() {
		return this.detached;
	}

	@Override
	protected void doClose() throws Exception {
		if (!this.detached && this.socket.isOpen()) {
			try {
				this.socket.shutdown(true, true);
			}
			catch (IOException | NotYetConnectedException ex) {
				logger.trace("The client has gone already", ex);
			}
		}
		super.doClose();
	}

}
