package io.fdwork.internal.queue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.table.TableEntry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a work owns: its descriptors, the channel of its connection, and the entry by
 * which the daemon holds that, too. Safe for all threads.
 */
final class WorkDescriptors {

	private static final Logger logger = LoggerFactory.getLogger(WorkDescriptors.class);

	private final List<Descriptor> descriptors;

	// Null for a work that is no connection
	private final @Nullable InetSocketAddress remote;

	// Null where the daemon holds nothing
	private final @Nullable TableEntry entry;

	private @Nullable SocketChannel channel;

	WorkDescriptors(List<Descriptor> descriptors, @Nullable InetSocketAddress remote, @Nullable TableEntry entry) {
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

	/**
	 * Return all for whoever may close them without ending the connection for all that
	 * hold it: the daemon does not hold it any more.
	 */
	List<Descriptor> takeAll() {
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
