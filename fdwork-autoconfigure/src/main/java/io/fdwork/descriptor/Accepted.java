package io.fdwork.descriptor;

import java.net.InetSocketAddress;

/**
 * A TCP connection that was just accepted.
 *
 * @param descriptor the connection, to be closed or moved by whoever takes this
 * @param local the address that the client connected to
 * @param remote the address of the client
 */
public record Accepted(Descriptor descriptor, InetSocketAddress local, InetSocketAddress remote) {
}
