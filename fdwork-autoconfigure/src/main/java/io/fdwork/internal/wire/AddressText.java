package io.fdwork.internal.wire;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * An address with a port as text, in a control message: {@code 192.0.2.1:80} or
 * {@code [2001:db8::1]:80}.
 */
public final class AddressText {

	private static final int MAX_PORT = 0xffff;

	private AddressText() {
	}

	/**
	 * Write an address.
	 * @param address the address
	 * @return the text
	 */
	public static String of(InetSocketAddress address) {
		return NetUtil.toSocketAddressString(address);
	}

	/**
	 * Read an address, without asking a name server.
	 * @param text the text, {@code null} for none
	 * @return the address, {@code null} if the text is none
	 */
	public static @Nullable InetSocketAddress parse(@Nullable String text) {
		int colon = (text != null) ? text.lastIndexOf(':') : -1;
		if (text == null || colon < 0) {
			return null;
		}
		byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text.substring(0, colon));
		try {
			int port = Integer.parseInt(text.substring(colon + 1));
			return (bytes != null && port >= 0 && port <= MAX_PORT)
					? new InetSocketAddress(InetAddress.getByAddress(bytes), port) : null;
		}
		catch (NumberFormatException | UnknownHostException ex) {
			return null;
		}
	}

}
