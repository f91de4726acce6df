package io.fdwork.internal.wire;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import io.fdwork.ConnectionHistory;
import io.fdwork.RequestId;
import io.fdwork.WorkLimits;
import io.fdwork.WorkRequest;
import org.jspecify.annotations.Nullable;

/**
 * The frame of a work request on a queue. One datagram is one frame; its descriptors
 * travel beside it (SCM_RIGHTS). Numbers are little-endian. <pre>
 *  0                   4                   8 bytes
 *  +---------+---------+---------+---------+
 *  |  magic "FDWK"     | version | descrip-|
 *  |                   |  (u16)  | tors u16|
 *  +---------+---------+---------+---------+  8
 *  | length of the     | origin of the     |
 *  | frame (u32)       | request id (u32)  |
 *  +---------+---------+---------+---------+ 16
 *  | number of the request id (u64)        |
 *  +---------+---------+---------+---------+ 24
 *  | sequence on the queue, from 1 (u64)   |
 *  +---------+---------+---------+---------+ 32
 *  | put time, CLOCK_MONOTONIC ns (u64)    |
 *  +---------+---------+---------+---------+ 40
 *  | fields ...                            |
 *  +---------+---------+---------+---------+
 *
 *  field:  type (u16), length of the content (u16), content
 *     1 remote address: port (u16), 4 or 16 bytes of IP address
 *     2 local address:  the same
 *     3 parameter:      length of the name (u16), name (UTF-8), value (UTF-8)
 *     4 payload:        bytes
 *     5 history:        requests (u32), idle since, CLOCK_MONOTONIC ns (u64)
 *     6 place:          table (u64), entry in it (u32), nonce of the put (u64)
 *     7 preread:        bytes; must be understood
 * </pre> A field of another type is skipped, so that fields can be added without a new
 * version. If the highest bit of its type is set, the field must be understood: the frame
 * is rejected then.
 */
public final class WorkFrame {

	/**
	 * The version that this side writes and reads.
	 */
	public static final int VERSION = 1;

	/**
	 * How many bytes of a connection a frame can bring that were read already.
	 */
	public static final int MAX_PREREAD = 8192;

	/**
	 * How long a frame can be: every field at its limit.
	 */
	public static final int MAX_LENGTH = 8192 + MAX_PREREAD;

	/**
	 * A frame up to this length takes the same room in the kernel as the shortest one:
	 * one unit. A connection without parameters and payload is well below.
	 */
	public static final int STANDARD_LENGTH = 192;

	static final int MAGIC = 0x4b574446;

	static final int MAGIC_OFFSET = 0;

	static final int VERSION_OFFSET = 4;

	static final int DESCRIPTORS_OFFSET = 6;

	static final int LENGTH_OFFSET = 8;

	static final int ORIGIN_OFFSET = 12;

	static final int NUMBER_OFFSET = 16;

	static final int SEQUENCE_OFFSET = 24;

	static final int PUT_NANOS_OFFSET = 32;

	static final int HEADER_LENGTH = 40;

	private static final int FIELD_HEADER_LENGTH = 4;

	private static final short REMOTE_ADDRESS = 1;

	private static final short LOCAL_ADDRESS = 2;

	private static final short PARAMETER = 3;

	private static final short PAYLOAD = 4;

	private static final short HISTORY = 5;

	private static final short PLACE = 6;

	private static final short PREREAD = (short) (0x8000 | 7);

	private static final int HISTORY_LENGTH = Integer.BYTES + Long.BYTES;

	private static final int PLACE_LENGTH = Long.BYTES + Integer.BYTES + Long.BYTES;

	/**
	 * What is set in the type of a field that must be understood.
	 */
	static final int MANDATORY = 0x8000;

	private WorkFrame() {
	}

	/**
	 * Write the frame of a request that has no place in a table.
	 */
	public static void encode(WorkRequest request, Set<Feature> features, long sequence, long putNanos,
			ByteBuffer buffer) {
		encode(request, null, features, sequence, putNanos, buffer);
	}

	/**
	 * Write the frame of a request from whose connection nothing was read.
	 */
	public static void encode(WorkRequest request, @Nullable Place place, Set<Feature> features, long sequence,
			long putNanos, ByteBuffer buffer) {
		encode(request, place, new byte[0], features, sequence, putNanos, buffer);
	}

	/**
	 * Write the frame of a request.
	 * @param request the request, within its limits
	 * @param place where in a table its connection is, {@code null} if it is in none
	 * @param preread what was read from its connection already
	 * @param features what all workers of the queue understand
	 * @param sequence its place in the order of the queue
	 * @param putNanos the put time
	 * @param buffer a cleared buffer of at least {@link #MAX_LENGTH}; flipped on return
	 */
	public static void encode(WorkRequest request, @Nullable Place place, byte[] preread, Set<Feature> features,
			long sequence, long putNanos, ByteBuffer buffer) {
		buffer.order(ByteOrder.LITTLE_ENDIAN);
		buffer.position(HEADER_LENGTH);
		putAddress(buffer, REMOTE_ADDRESS, request.remoteAddress());
		putAddress(buffer, LOCAL_ADDRESS, request.localAddress());
		request.parameters().forEach((name, value) -> putParameter(buffer, name, value));
		byte[] payload = request.payload();
		if (payload.length > 0) {
			buffer.putShort(PAYLOAD).putShort((short) payload.length).put(payload);
		}
		ConnectionHistory history = request.history();
		if (history != null && features.contains(Feature.CONNECTION_HISTORY)) {
			buffer.putShort(HISTORY)
				.putShort((short) HISTORY_LENGTH)
				.putInt(history.requests())
				.putLong(history.idleSinceNanos());
		}
		if (place != null) {
			buffer.putShort(PLACE)
				.putShort((short) PLACE_LENGTH)
				.putLong(place.table())
				.putInt(place.index())
				.putLong(place.nonce());
		}
		if (preread.length > 0) {
			buffer.putShort(PREREAD).putShort((short) preread.length).put(preread);
		}
		buffer.flip();
		buffer.putInt(MAGIC_OFFSET, MAGIC)
			.putShort(VERSION_OFFSET, (short) VERSION)
			.putShort(DESCRIPTORS_OFFSET, (short) request.descriptors().size())
			.putInt(LENGTH_OFFSET, buffer.limit())
			.putInt(ORIGIN_OFFSET, request.id().origin())
			.putLong(NUMBER_OFFSET, request.id().number())
			.putLong(SEQUENCE_OFFSET, sequence)
			.putLong(PUT_NANOS_OFFSET, putNanos);
	}

	private static void putAddress(ByteBuffer buffer, short type, @Nullable InetSocketAddress address) {
		if (address == null || address.isUnresolved()) {
			return;
		}
		byte[] ip = address.getAddress().getAddress();
		buffer.putShort(type).putShort((short) (2 + ip.length)).putShort((short) address.getPort()).put(ip);
	}

	private static void putParameter(ByteBuffer buffer, String name, String value) {
		byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
		byte[] valueBytes = value.getBytes(StandardCharsets.UTF_8);
		buffer.putShort(PARAMETER)
			.putShort((short) (2 + nameBytes.length + valueBytes.length))
			.putShort((short) nameBytes.length)
			.put(nameBytes)
			.put(valueBytes);
	}

	/**
	 * Read a frame and check it against what came.
	 * @param buffer a buffer whose first bytes are the message
	 * @param received how many bytes came
	 * @param descriptors how many descriptors came
	 * @param queue the name of the queue that it came from
	 * @return what the frame says
	 * @throws FrameDefectException if it must be rejected; the caller closes the
	 * descriptors
	 */
	public static WorkMetadata decode(ByteBuffer buffer, int received, int descriptors, String queue)
			throws FrameDefectException {
		buffer.order(ByteOrder.LITTLE_ENDIAN);
		if (received < HEADER_LENGTH) {
			throw new FrameDefectException(FrameDefect.TRUNCATED,
					"A frame of " + received + " bytes is shorter than its header of " + HEADER_LENGTH);
		}
		int magic = buffer.getInt(MAGIC_OFFSET);
		if (magic != MAGIC) {
			throw new FrameDefectException(FrameDefect.MAGIC, "A frame begins with 0x%08x".formatted(magic));
		}
		int version = Short.toUnsignedInt(buffer.getShort(VERSION_OFFSET));
		if (version != VERSION) {
			throw new FrameDefectException(FrameDefect.VERSION,
					"A frame has version " + version + ", this side speaks " + VERSION);
		}
		int length = buffer.getInt(LENGTH_OFFSET);
		if (length != received || length > MAX_LENGTH) {
			throw new FrameDefectException(FrameDefect.LENGTH, "A frame says that it has "
					+ Integer.toUnsignedString(length) + " bytes, and " + received + " came");
		}
		int count = Short.toUnsignedInt(buffer.getShort(DESCRIPTORS_OFFSET));
		if (count == 0 || count > WorkLimits.MAX_DESCRIPTORS) {
			throw new FrameDefectException(FrameDefect.COUNT, "A frame says that it has " + count
					+ " descriptors, 1 to " + WorkLimits.MAX_DESCRIPTORS + " are allowed");
		}
		if (count != descriptors) {
			throw new FrameDefectException(FrameDefect.DESCRIPTORS,
					"A frame says that it has " + count + " descriptors, and " + descriptors + " came");
		}
		return decodeFields(buffer.position(HEADER_LENGTH).limit(length), queue);
	}

	private static WorkMetadata decodeFields(ByteBuffer buffer, String queue) throws FrameDefectException {
		InetSocketAddress remote = null;
		InetSocketAddress local = null;
		Map<String, String> parameters = Map.of();
		byte[] payload = {};
		byte[] preread = {};
		ConnectionHistory history = null;
		Place place = null;
		while (buffer.hasRemaining()) {
			if (buffer.remaining() < FIELD_HEADER_LENGTH) {
				throw new FrameDefectException(FrameDefect.FIELD,
						buffer.remaining() + " bytes are left in a frame, too few for a field");
			}
			short type = buffer.getShort();
			int length = Short.toUnsignedInt(buffer.getShort());
			if (length > buffer.remaining()) {
				throw new FrameDefectException(FrameDefect.FIELD, "A field of type " + type + " says that it has "
						+ length + " bytes, and " + buffer.remaining() + " are left");
			}
			switch (type) {
				case REMOTE_ADDRESS -> remote = getAddress(buffer, length);
				case LOCAL_ADDRESS -> local = getAddress(buffer, length);
				case PARAMETER -> {
					if (parameters.isEmpty()) {
						parameters = new LinkedHashMap<>();
					}
					getParameter(buffer, length, parameters);
				}
				case PAYLOAD -> payload = getBytes(buffer, length);
				case HISTORY -> history = getHistory(buffer, length);
				case PLACE -> place = getPlace(buffer, length);
				case PREREAD -> preread = getBytes(buffer, length);
				default -> skip(buffer, type, length);
			}
		}
		RequestId id = new RequestId(buffer.getInt(ORIGIN_OFFSET), buffer.getLong(NUMBER_OFFSET));
		return new WorkMetadata(id, queue, buffer.getLong(SEQUENCE_OFFSET), buffer.getLong(PUT_NANOS_OFFSET), remote,
				local, Collections.unmodifiableMap(parameters), payload, history, place, preread);
	}

	private static byte[] getBytes(ByteBuffer buffer, int length) {
		byte[] bytes = new byte[length];
		buffer.get(bytes);
		return bytes;
	}

	private static void skip(ByteBuffer buffer, short type, int length) throws FrameDefectException {
		if ((type & MANDATORY) != 0) {
			throw new FrameDefectException(FrameDefect.MANDATORY_FIELD, "A frame has a field of type "
					+ (type & ~MANDATORY & 0xffff) + " that must be understood, and this side does not know it");
		}
		buffer.position(buffer.position() + length);
	}

	private static ConnectionHistory getHistory(ByteBuffer buffer, int length) throws FrameDefectException {
		if (length != HISTORY_LENGTH) {
			throw new FrameDefectException(FrameDefect.FIELD, "A history has " + length + " bytes");
		}
		return new ConnectionHistory(buffer.getInt(), buffer.getLong());
	}

	private static Place getPlace(ByteBuffer buffer, int length) throws FrameDefectException {
		if (length != PLACE_LENGTH) {
			throw new FrameDefectException(FrameDefect.FIELD, "A place has " + length + " bytes");
		}
		return new Place(buffer.getLong(), buffer.getInt(), buffer.getLong());
	}

	private static InetSocketAddress getAddress(ByteBuffer buffer, int length) throws FrameDefectException {
		if (length != 6 && length != 18) {
			throw new FrameDefectException(FrameDefect.FIELD, "An address has " + length + " bytes");
		}
		int port = Short.toUnsignedInt(buffer.getShort());
		byte[] ip = new byte[length - 2];
		buffer.get(ip);
		try {
			return new InetSocketAddress(InetAddress.getByAddress(ip), port);
		}
		catch (UnknownHostException ex) {
			throw new FrameDefectException(FrameDefect.FIELD, "An address has " + length + " bytes");
		}
	}

	private static void getParameter(ByteBuffer buffer, int length, Map<String, String> parameters)
			throws FrameDefectException {
		int nameLength = (length < 2) ? Integer.MAX_VALUE : Short.toUnsignedInt(buffer.getShort());
		if (nameLength > length - 2) {
			throw new FrameDefectException(FrameDefect.FIELD, "A parameter of " + length + " bytes is cut");
		}
		byte[] name = new byte[nameLength];
		byte[] value = new byte[length - 2 - nameLength];
		buffer.get(name).get(value);
		parameters.put(new String(name, StandardCharsets.UTF_8), new String(value, StandardCharsets.UTF_8));
	}

}
