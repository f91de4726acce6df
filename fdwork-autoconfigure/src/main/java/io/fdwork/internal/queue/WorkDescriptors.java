package io.fdwork.internal.queue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.table.TableEntry;
import io.fdwork.internal.wire.WorkMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a work owns: its descriptors, the channel of its connection, and the entry by
 * which the daemon holds that, too. Safe for all threads.
 */
final class WorkDescriptors {

	private static final Logger logger = LoggerFactory.getLogger(WorkDescriptors.class);

	private static final String MISSED = "A worker that has died had read a request from this connection, which only "
			+ "a Netty pipeline with the codec of fdwork can serve again";

	private final List<Descriptor> descriptors;

	// Null for a work that is no connection
	private final @Nullable InetSocketAddress remote;

	// Null where the daemon holds nothing
	private final @Nullable TableEntry entry;

	private @Nullable SocketChannel channel;

	// What was read from the connection, and has to come before what is read next
	private byte[] preread;

	WorkDescriptors(List<Descriptor> descriptors, WorkMetadata metadata, @Nullable TableEntry entry) {
		InetSocketAddress remote = metadata.remoteAddress();
		this.preread = metadata.preread();
		this.descriptors = List.copyOf(descriptors);
		this.remote = remote;
		this.entry = entry;
	}

	Descriptor connection() {
		return this.descriptors.get(0);
	}

	int size() {
		return this.descriptors.size();
	}

	@Nullable TableEntry entry() {
		return this.entry;
	}

	synchronized boolean hasPreread() {
		return this.preread.length > 0;
	}

	synchronized byte[] takePreread() {
		byte[] taken = this.preread;
		this.preread = new byte[0];
		return taken;
	}

	/**
	 * Return all for whoever may close them without ending the connection for all that
	 * hold it: the daemon does not hold it any more.
	 */
	List<Descriptor> takeAll() {
		if (hasPreread()) {
			throw new IllegalStateException(MISSED);
		}
		if (this.entry != null) {
			this.entry.end();
		}
		return this.descriptors;
	}

	/**
	 * Return a channel for whoever may close it without ending the connection for all
	 * that hold it: of a duplicate, so that what is left here can still be shut down.
	 */
	synchronized SocketChannel channel() throws IOException {
		if (this.channel == null && this.entry != null) {
			try (Descriptor duplicate = connection().duplicate()) {
				this.channel = duplicate.toSocketChannel(this.remote);
			}
			catch (IOException ex) {
				logger.debug("No descriptor is left: who closes the channel lets the client wait for the end", ex);
			}
		}
		return serverChannel();
	}

	synchronized SocketChannel serverChannel() throws IOException {
		if (hasPreread()) {
			throw new IOException(MISSED);
		}
		if (this.channel == null) {
			this.channel = connection().toSocketChannel(this.remote);
		}
		return this.channel;
	}

	synchronized SocketChannel takeBack(Descriptor connection) throws IOException {
		try (connection) {
			this.channel = connection.toSocketChannel(this.remote);
			return this.channel;
		}
	}

	/**
	 * End the connection for all that hold it, if it is still here, and close the rest.
	 */
	void end() {
		try {
			close();
		}
		finally {
			if (this.entry != null) {
				this.entry.end();
			}
		}
	}

	/**
	 * As {@link #end()}, but for what the entry says.
	 */
	synchronized void close() {
		if (this.channel != null) {
			close(this.channel);
		}
		for (Descriptor descriptor : this.descriptors) {
			if (descriptor.isOpen()) {
				if (this.remote != null) {
					TcpSockets.shutdown(descriptor);
				}
				descriptor.close();
			}
		}
	}

	private void close(SocketChannel channel) {
		if (!connection().isOpen()) {
			shutdown(channel);
		}
		try {
			channel.close();
		}
		catch (IOException ex) {
			logger.debug("Could not close a channel", ex);
		}
	}

	private void shutdown(SocketChannel channel) {
		try {
			// A process that still holds a duplicate must not keep the client waiting
			channel.shutdownOutput();
			if (this.entry != null) {
				// Nor take what the client still sends
				channel.shutdownInput();
			}
		}
		catch (IOException ex) {
			logger.trace("The client has gone", ex);
		}
	}

}
