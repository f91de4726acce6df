package io.fdwork.internal.daemon;

import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;

import io.fdwork.daemon.ProxyProtocol.Version;
import io.fdwork.internal.daemon.ProxyHeader.Addresses;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ProxyHeader}.
 */
class ProxyHeaderTests {

	private static final int ROUNDS = 200_000;

	private static final byte[] SIGNATURE = "\r\n\r\n\0\r\nQUIT\n".getBytes(StandardCharsets.ISO_8859_1);

	private static final byte[] IPV4 = { (byte) 192, 0, 2, 1, (byte) 198, 51, 100, 2, 0x12, 0x34, 0x01, (byte) 0xbb };

	private static final Addresses ADDRESSES = new Addresses(new InetSocketAddress("192.0.2.1", 0x1234),
			new InetSocketAddress("198.51.100.2", 443));

	@Test
	void shouldReadText() throws Exception {
		assertThat(read(Version.V1, "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n")).isEqualTo(ADDRESSES);
		assertThat(read(Version.ANY, "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\r\n")).isEqualTo(ADDRESSES);
		assertThat(read(Version.V1, "PROXY TCP6 2001:db8::1 ::1 65535 0\r\n"))
			.isEqualTo(new Addresses(new InetSocketAddress("2001:db8::1", 65535), new InetSocketAddress("::1", 0)));
		assertThat(read(Version.V1, "PROXY TCP6 :: :: 0 0\r\n")).isNotNull();
		String full = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
		assertThat(read(Version.V1, "PROXY TCP6 " + full + " " + full + " 65535 65535\r\n")).isNotNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "PROXY UNKNOWN\r\n", "PROXY UNKNOWN whatever this is\r\n",
			"PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n" })
	void shouldKeepAddressesOfConnectionWhenTextSaysNone(String header) throws Exception {
		assertThat(read(Version.V1, header)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "PROXY TCP4 192.0.2.1 198.51.100.2 4660\r\n", "PROXY TCP5 192.0.2.1 198.51.100.2 1 2\r\n",
			"PROXY TCP4 ::1 198.51.100.2 4660 443\r\n", "PROXY TCP6 192.0.2.1 198.51.100.2 4660 443\r\n",
			"PROXY TCP4 192.0.2.1  198.51.100.2 4660 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443 \r\n",
			"PROXY TCP4 192.0.2.256 198.51.100.2 4660 443\r\n", "PROXY TCP4 192.0.2.010 198.51.100.2 4660 443\r\n",
			"PROXY TCP4 192.0.2.1 198.51.100.2 04660 443\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n",
			"PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n", "PROXY TCP4 localhost 198.51.100.2 4660 443\r\n",
			"PROXY TCP6 fe80::1%lo ::1 1 2\r\n", "PROXY TCP6 [::1] ::1 1 2\r\n",
			"PROXY UDP4 192.0.2.1 192.0.2.1 1 2\r\n", "PROXY TCP4 192.0.2.1 198.51.100.2 4660 443\n",
			"PROXY TCP4\r\nGET / HTTP/1.1\r\n", "PROXY UNKNOWNX\n\r\n",
			"PROXY tcp4 192.0.2.1 198.51.100.2 4660 443\r\n", "PROXY \r\n\r\n\r\n\r\n\r\n" })
	void shouldRefuseTextThatIsNone(String header) {
		assertRefused(Version.V1, header.getBytes(StandardCharsets.ISO_8859_1), ProxyRefusal.MALFORMED);
	}

	@Test
	void shouldRefuseTextThatIsTooLong() {
		assertRefused(Version.V1, ("PROXY UNKNOWN " + "x".repeat(200)).getBytes(StandardCharsets.US_ASCII),
				ProxyRefusal.TOO_LONG);
		assertRefused(Version.ANY, ("PROXY TCP4 " + "1".repeat(200)).getBytes(StandardCharsets.US_ASCII),
				ProxyRefusal.TOO_LONG);
	}

	@Test
	void shouldReadBinary() throws Exception {
		assertThat(read(Version.V2, binary(0x21, 0x11, IPV4))).isEqualTo(ADDRESSES);
		assertThat(read(Version.ANY, binary(0x21, 0x11, IPV4))).isEqualTo(ADDRESSES);
		ByteBuffer ipv6 = ByteBuffer.allocate(36);
		ipv6.put(new InetSocketAddress("2001:db8::1", 0).getAddress().getAddress());
		ipv6.put(new InetSocketAddress("::1", 0).getAddress().getAddress());
		ipv6.putShort((short) 65535).putShort((short) 1);
		assertThat(read(Version.V2, binary(0x21, 0x21, ipv6.array())))
			.isEqualTo(new Addresses(new InetSocketAddress("2001:db8::1", 65535), new InetSocketAddress("::1", 1)));
	}

	@Test
	void shouldSkipWhatFollowsTheAddresses() throws Exception {
		byte[] more = ByteBuffer.allocate(ProxyHeader.MAX_LENGTH - 16).put(IPV4).array();
		assertThat(read(Version.V2, binary(0x21, 0x11, more))).isEqualTo(ADDRESSES);
	}

	@Test
	void shouldKeepAddressesOfConnectionWhenBinarySaysNone() throws Exception {
		assertThat(read(Version.V2, binary(0x20, 0x00, new byte[0]))).isNull();
		assertThat(read(Version.V2, binary(0x20, 0x11, IPV4))).isNull();
		assertThat(read(Version.V2, binary(0x21, 0x00, new byte[7]))).isNull();
		assertThat(read(Version.V2, binary(0x21, 0x31, new byte[216]))).isNull();
	}

	@Test
	void shouldRefuseBinaryThatIsNone() {
		assertRefused(Version.V2, binary(0x22, 0x11, IPV4), ProxyRefusal.MALFORMED);
		assertRefused(Version.V2, binary(0x11, 0x11, IPV4), ProxyRefusal.MALFORMED);
		assertRefused(Version.V2, binary(0x21, 0x12, IPV4), ProxyRefusal.MALFORMED);
		assertRefused(Version.V2, binary(0x21, 0x11, new byte[11]), ProxyRefusal.MALFORMED);
		assertRefused(Version.V2, binary(0x21, 0x21, new byte[35]), ProxyRefusal.MALFORMED);
		assertRefused(Version.V2, binary(0x21, 0x11, new byte[ProxyHeader.MAX_LENGTH - 15]), ProxyRefusal.TOO_LONG);
	}

	@ParameterizedTest
	@ValueSource(strings = { "GET / HTTP/1.1\r\n\r\n", "PROXZ TCP4 192.0.2.1 198.51.100.2 4660 443\r\n",
			"\r\n\r\nGET / HTTP/1.1\r\n",
			"\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003xxxxxxxx" })
	void shouldRefuseWhatDoesNotBeginWithHeader(String bytes) {
		for (Version version : Version.values()) {
			assertRefused(version, bytes.getBytes(StandardCharsets.ISO_8859_1), ProxyRefusal.MISSING);
		}
	}

	@Test
	void shouldRefuseOtherVersion() {
		assertRefused(Version.V2, "PROXY UNKNOWN\r\n".getBytes(StandardCharsets.US_ASCII), ProxyRefusal.MISSING);
		assertRefused(Version.V1, binary(0x21, 0x11, IPV4), ProxyRefusal.MISSING);
	}

	@Test
	void shouldNeverAskForMoreThanHeaderWhatever() throws Exception {
		Random random = new Random(24);
		for (int i = 0; i < ROUNDS; i++) {
			byte[] header = randomHeader(random);
			ProxyHeader read = new ProxyHeader(Version.ANY);
			int taken = 0;
			for (int missing = read.missing(); missing > 0; missing = read.missing()) {
				assertThat(taken + missing).as(new String(header, StandardCharsets.ISO_8859_1))
					.isLessThanOrEqualTo(header.length);
				int count = 1 + random.nextInt(missing);
				read.append(ByteBuffer.wrap(header, taken, count));
				taken += count;
			}
			assertThat(taken).isEqualTo(header.length);
			read.addresses();
		}
	}

	@Test
	void shouldEitherReadOrRefuseWhatever() {
		Random random = new Random(25);
		int read = 0;
		for (int i = 0; i < ROUNDS; i++) {
			byte[] header = randomHeader(random);
			for (int flips = random.nextInt(4); flips >= 0; flips--) {
				int index = random.nextInt(header.length);
				header[index] = (random.nextBoolean()) ? (byte) random.nextInt(256)
						: header[random.nextInt(header.length)];
			}
			try {
				read(Version.ANY, ByteBuffer.allocate(header.length + ProxyHeader.MAX_LENGTH).put(header).array());
				read++;
			}
			catch (ProxyHeaderException ex) {
				assertThat(ex.refusal()).isIn(ProxyRefusal.MISSING, ProxyRefusal.MALFORMED, ProxyRefusal.TOO_LONG);
			}
		}
		assertThat(read).as("of those that were changed").isGreaterThan(ROUNDS / 100);
	}

	private static byte[] randomHeader(Random random) {
		return switch (random.nextInt(4)) {
			case 0 ->
				("PROXY TCP4 " + ipv4(random) + " " + ipv4(random) + " " + port(random) + " " + port(random) + "\r\n")
					.getBytes(StandardCharsets.US_ASCII);
			case 1 ->
				("PROXY TCP6 " + ipv6(random) + " " + ipv6(random) + " " + port(random) + " " + port(random) + "\r\n")
					.getBytes(StandardCharsets.US_ASCII);
			case 2 -> ("PROXY UNKNOWN" + " x".repeat(random.nextInt(40)) + "\r\n").getBytes(StandardCharsets.US_ASCII);
			default -> binary(0x21, 0x11, ByteBuffer.allocate(12 + random.nextInt(100)).put(IPV4).array());
		};
	}

	private static String ipv4(Random random) {
		return random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256) + "." + random.nextInt(256);
	}

	private static String ipv6(Random random) {
		return (random.nextInt(3) == 0) ? "::" : "2001:db8::" + Integer.toHexString(random.nextInt(0x10000));
	}

	private static int port(Random random) {
		return random.nextInt(0x10000) >> random.nextInt(16);
	}

	private static byte[] binary(int command, int family, byte[] content) {
		ByteArrayOutputStream header = new ByteArrayOutputStream();
		header.writeBytes(SIGNATURE);
		header.write(command);
		header.write(family);
		header.write(content.length >> 8);
		header.write(content.length);
		header.writeBytes(content);
		return header.toByteArray();
	}

	private static void assertRefused(Version version, byte[] bytes, ProxyRefusal refusal) {
		assertThatExceptionOfType(ProxyHeaderException.class).isThrownBy(() -> read(version, bytes))
			.satisfies((ex) -> assertThat(ex.refusal()).isEqualTo(refusal));
	}

	private static Addresses read(Version version, String header) throws ProxyHeaderException {
		byte[] bytes = header.getBytes(StandardCharsets.US_ASCII);
		assertThat(length(version, bytes)).isEqualTo(bytes.length);
		return read(version, bytes);
	}

	private static int length(Version version, byte[] bytes) throws ProxyHeaderException {
		ProxyHeader header = new ProxyHeader(version);
		take(header, bytes);
		return header.length();
	}

	private static Addresses read(Version version, byte[] bytes) throws ProxyHeaderException {
		ProxyHeader header = new ProxyHeader(version);
		take(header, bytes);
		return header.addresses();
	}

	private static void take(ProxyHeader header, byte[] bytes) throws ProxyHeaderException {
		for (int missing = header.missing(); missing > 0; missing = header.missing()) {
			int count = Math.min(missing, bytes.length - header.length());
			assertThat(count).as("enough bytes").isPositive();
			header.append(ByteBuffer.wrap(bytes, header.length(), count));
		}
	}

}
