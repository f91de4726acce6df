package io.fdwork.daemon;

import java.net.InetAddress;
import java.net.UnknownHostException;

import io.netty.util.NetUtil;

/**
 * The addresses that begin with the same bits.
 *
 * @param address one of them
 * @param prefixLength how many bits they have in common
 */
public record Network(InetAddress address, int prefixLength) {

	/**
	 * Create a network.
	 * @throws IllegalArgumentException if the address has fewer bits
	 */
	public Network {
		int bits = address.getAddress().length * Byte.SIZE;
		if (prefixLength < 0 || prefixLength > bits) {
			throw new IllegalArgumentException(
					"The prefix of " + address.getHostAddress() + " has 0 to " + bits + " bits, not " + prefixLength);
		}
	}

	/**
	 * Read a network, without asking a name server.
	 * @param text an address, or one with the length of its prefix, such as
	 * {@code 10.0.0.0/8}
	 * @return the network, which is the address alone if there is no length
	 * @throws IllegalArgumentException if it is none
	 */
	public static Network of(String text) {
		int slash = text.indexOf('/');
		byte[] bytes = NetUtil.createByteArrayFromIpAddressString((slash < 0) ? text : text.substring(0, slash));
		if (bytes == null) {
			throw new IllegalArgumentException("Not an IP address: " + text);
		}
		try {
			InetAddress address = InetAddress.getByAddress(bytes);
			return new Network(address, (slash < 0) ? address.getAddress().length * Byte.SIZE
					: Integer.parseInt(text.substring(slash + 1)));
		}
		catch (UnknownHostException ex) {
			throw new IllegalArgumentException("Not an IP address: " + text, ex);
		}
	}

	/**
	 * Return whether an address is of this network.
	 * @param other the address
	 * @return {@code false} also for one of the other version of IP
	 */
	public boolean contains(InetAddress other) {
		byte[] own = this.address.getAddress();
		byte[] bytes = other.getAddress();
		if (own.length != bytes.length) {
			return false;
		}
		for (int bit = 0; bit < this.prefixLength; bit += Byte.SIZE) {
			int left = Math.min(Byte.SIZE, this.prefixLength - bit);
			int mask = 0xff << (Byte.SIZE - left);
			if (((own[bit / Byte.SIZE] ^ bytes[bit / Byte.SIZE]) & mask) != 0) {
				return false;
			}
		}
		return true;
	}

	@Override
	public String toString() {
		return this.address.getHostAddress() + "/" + this.prefixLength;
	}

}
