package io.fdwork.internal.systemd;

import io.fdwork.descriptor.Descriptor;

/**
 * A socket that systemd has passed: of a socket unit, or out of the FD store.
 *
 * @param name its name: that of the socket unit, or the one it was stored with
 * @param descriptor the socket
 */
public record PassedSocket(String name, Descriptor descriptor) implements AutoCloseable {

	@Override
	public void close() {
		this.descriptor.close();
	}

}
