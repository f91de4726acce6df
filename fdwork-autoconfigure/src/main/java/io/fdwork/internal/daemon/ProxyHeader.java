package io.fdwork.internal.daemon;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.regex.Pattern;

import io.fdwork.daemon.ProxyProtocol;
import io.netty.util.NetUtil;
import org.jspecify.annotations.Nullable;

/**
 * A header of the PROXY protocol, version 1 (a line of text) or 2 (binary), as it comes
 * in pieces. Says how many more bytes it has at least, so that whoever reads no more than
 * these never reads what comes after it. What a header of version 2 has besides the
 * addresses is skipped, its checksum included.
 */
final class ProxyHeader {

	/**
	 * How many bytes a header of version 2 may have.
	 */
	static final int MAX_LENGTH = 4096;

	/**
	 * The same for version 1, as its specification says.
	 */
	static final int MAX_TEXT_LENGTH = 107;

	/**
	 * As many bytes as the shortest header: {@code PROXY UNKNOWN\r\n}.
	 */
	private static final int MIN_LENGTH = 15;

	private static final byte[] TEXT = "PROXY ".getBytes(StandardCharsets.US_ASCII);

	private static final int TEXT_FIELDS = 6;

	private static final Pattern PORT = Pattern.compile("0|[1-9][0-9]{0,4}");

	private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

	private static final byte[] BINARY = { 0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a };

	private static final int COMMAND_OFFSET = 12;

	private static final int FAMILY_OFFSET = 13;

	private static final int LENGTH_OFFSET = 14;

	private static final int ADDRESSES_OFFSET = 16;

	private static final int LOCAL_COMMAND = 0x20;

	private static final int PROXY_COMMAND = 0x21;

	private static final int UNSPECIFIED = 0x00;

	private static final int TCP_OVER_IPV4 = 0x11;

	private static final int TCP_OVER_IPV6 = 0x21;

	private static final int UNIX_STREAM = 0x31;

	private final ProxyProtocol.Version version;

	private byte[] bytes = new byte[MAX_TEXT_LENGTH];

	private int length;

	ProxyHeader(ProxyProtocol.Version version) {
		this.version = version;
	}

	/**
	 * Return how many bytes have come.
	 */
	int length() {
		return this.length;
	}

	/**
	 * Return how many bytes are still to come, at least.
	 * @return the number, 0 if the header is complete
	 * @throws ProxyHeaderException if it can become no proper header
	 */
	int missing() throws ProxyHeaderException {
		if (this.version != ProxyProtocol.Version.V2 && beginsLike(TEXT)) {
			return (this.length < MIN_LENGTH) ? MIN_LENGTH - this.length : missingOfText();
		}
		if (this.version != ProxyProtocol.Version.V1 && beginsLike(BINARY)) {
			return missingOfBinary();
		}
		throw new ProxyHeaderException(ProxyRefusal.MISSING, "it does not begin with a header"
				+ ((this.version != ProxyProtocol.Version.ANY) ? " of version " + (this.version.ordinal() + 1) : ""));
	}

	private boolean beginsLike(byte[] beginning) {
		int count = Math.min(this.length, beginning.length);
		return Arrays.equals(this.bytes, 0, count, beginning, 0, count);
	}

	private boolean isText() {
		return this.bytes[0] == TEXT[0];
	}

	private int missingOfText() throws ProxyHeaderException {
		int spaces = 0;
		for (int i = 0; i < this.length; i++) {
			spaces += (this.bytes[i] == ' ') ? 1 : 0;
			if (this.bytes[i] == '\n') {
				if (i == this.length - 1 && this.bytes[i - 1] == '\r') {
					return 0;
				}
				throw malformed("its line has an end within");
			}
		}
		if (this.length >= MAX_TEXT_LENGTH) {
			throw new ProxyHeaderException(ProxyRefusal.TOO_LONG,
					"its line has more than " + MAX_TEXT_LENGTH + " bytes");
		}
		byte last = this.bytes[this.length - 1];
		if (last == '\r') {
			return 1;
		}
		// Each field that is to come has a space and a byte, and the line an end
		int fields = (isUnknown()) ? 0 : Math.max(0, TEXT_FIELDS - 1 - spaces);
		return Math.min(MAX_TEXT_LENGTH - this.length, 2 * fields + ((fields > 0 && last == ' ') ? 1 : 0) + 2);
	}

	private boolean isUnknown() {
		return text(this.length).startsWith("PROXY UNKNOWN");
	}

	private String text(int end) {
		return new String(this.bytes, 0, end, StandardCharsets.US_ASCII);
	}

	private int missingOfBinary() throws ProxyHeaderException {
		if (this.length < ADDRESSES_OFFSET) {
			return ((this.length == 0) ? MIN_LENGTH : ADDRESSES_OFFSET) - this.length;
		}
		int total = ADDRESSES_OFFSET + Short.toUnsignedInt(ByteBuffer.wrap(this.bytes).getShort(LENGTH_OFFSET));
		if (total > MAX_LENGTH) {
			throw new ProxyHeaderException(ProxyRefusal.TOO_LONG,
					"it has " + total + " bytes, " + MAX_LENGTH + " are allowed");
		}
		return total - this.length;
	}

	/**
	 * Take bytes that have come.
	 * @param buffer these, no more of them than are {@linkplain #missing() missing}
	 */
	void append(ByteBuffer buffer) {
		int count = buffer.remaining();
		if (this.length + count > this.bytes.length) {
			this.bytes = Arrays.copyOf(this.bytes, this.length + count);
		}
		buffer.get(this.bytes, this.length, count);
		this.length += count;
	}

	/**
	 * Return the addresses that the complete header says.
	 * @return the addresses, {@code null} if those of the connection itself are meant
	 * @throws ProxyHeaderException if it is no proper header
	 */
	@Nullable Addresses addresses() throws ProxyHeaderException {
		return (isText()) ? addressesOfText() : addressesOfBinary();
	}

	private @Nullable Addresses addressesOfText() throws ProxyHeaderException {
		String[] fields = text(this.length - 2).split(" ", -1);
		if (fields[1].equals("UNKNOWN")) {
			return null;
		}
		boolean ipv4 = fields[1].equals("TCP4");
		if (fields.length != TEXT_FIELDS || !ipv4 && !fields[1].equals("TCP6")) {
			throw malformed("its line is not of TCP4, TCP6 or UNKNOWN");
		}
		return new Addresses(new InetSocketAddress(address(fields[2], ipv4), port(fields[4])),
				new InetSocketAddress(address(fields[3], ipv4), port(fields[5])));
	}

	private static InetAddress address(String text, boolean ipv4) throws ProxyHeaderException {
		boolean valid = (ipv4) ? NetUtil.isValidIpV4Address(text)
				: IPV6.matcher(text).matches() && NetUtil.isValidIpV6Address(text);
		byte[] bytes = (valid) ? NetUtil.createByteArrayFromIpAddressString(text) : null;
		// Zeros in front could be meant as octal
		if (bytes == null || (ipv4 && !NetUtil.bytesToIpAddress(bytes).equals(text))) {
			throw malformed("an address of its line is none");
		}
		return address(bytes);
	}

	private static InetAddress address(byte[] bytes) {
		try {
			return InetAddress.getByAddress(bytes);
		}
		catch (UnknownHostException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static int port(String text) throws ProxyHeaderException {
		int port = (PORT.matcher(text).matches()) ? Integer.parseInt(text) : -1;
		if (port < 0 || port > 0xffff) {
			throw malformed("a port of its line is none");
		}
		return port;
	}

	private @Nullable Addresses addressesOfBinary() throws ProxyHeaderException {
		int command = Byte.toUnsignedInt(this.bytes[COMMAND_OFFSET]);
		if (command == LOCAL_COMMAND) {
			return null;
		}
		if (command != PROXY_COMMAND) {
			throw malformed("it has version and command 0x" + Integer.toHexString(command));
		}
		int family = Byte.toUnsignedInt(this.bytes[FAMILY_OFFSET]);
		return switch (family) {
			case UNSPECIFIED, UNIX_STREAM -> null;
			case TCP_OVER_IPV4 -> addressesOfBinary(Integer.BYTES);
			case TCP_OVER_IPV6 -> addressesOfBinary(4 * Integer.BYTES);
			default -> throw malformed("it has family and protocol 0x" + Integer.toHexString(family));
		};
	}

	private Addresses addressesOfBinary(int size) throws ProxyHeaderException {
		if (this.length < ADDRESSES_OFFSET + 2 * size + 2 * Short.BYTES) {
			throw malformed("it has no room for its addresses");
		}
		ByteBuffer buffer = ByteBuffer.wrap(this.bytes).position(ADDRESSES_OFFSET);
		byte[] remote = new byte[size];
		byte[] local = new byte[size];
		buffer.get(remote).get(local);
		return new Addresses(new InetSocketAddress(address(remote), Short.toUnsignedInt(buffer.getShort())),
				new InetSocketAddress(address(local), Short.toUnsignedInt(buffer.getShort())));
	}

	private static ProxyHeaderException malformed(String message) {
		return new ProxyHeaderException(ProxyRefusal.MALFORMED, message);
	}

	/**
	 * The addresses of a client.
	 *
	 * @param remote its own
	 * @param local the one that it connected to
	 */
	record Addresses(InetSocketAddress remote, InetSocketAddress local) {
	}

}
