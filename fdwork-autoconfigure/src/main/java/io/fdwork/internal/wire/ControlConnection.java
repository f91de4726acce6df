package io.fdwork.internal.wire;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

import com.fasterxml.jackson.annotation.JsonEnumDefaultValue;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.PeerCredentials;
import io.fdwork.descriptor.UnixStream;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * One side of a control connection. Each message is a frame: <pre>
 *  0         3         4                   8
 *  +---------+---------+---------+---------+--- ... ---+
 *  |  magic "FDC"      | version | length  | JSON      |
 *  |                   |  (u8)   |  (u32)  | (UTF-8)   |
 *  +---------+---------+---------+---------+--- ... ---+
 * </pre> The header is big-endian. The version is looked at before anything behind it,
 * and a longer frame than {@link #MAX_LENGTH} is refused before it is read. One thread
 * may read while others write.
 */
public final class ControlConnection implements AutoCloseable {

	/**
	 * The version that this side speaks.
	 */
	public static final int VERSION = 3;

	/**
	 * How many bytes of JSON a message may have.
	 */
	public static final int MAX_LENGTH = 64 * 1024;

	private static final int MAGIC = 0x464443;

	private static final int HEADER_LENGTH = 8;

	private static final Logger logger = LoggerFactory.getLogger(ControlConnection.class);

	// What a newer peer says and this side does not know must not end the connection
	private static final JsonMapper mapper = JsonMapper.builder()
		.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
		.enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_USING_DEFAULT_VALUE, EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
		.addMixIn(WorkerState.class, NewerState.class)
		.build();

	private final UnixStream stream;

	private byte[] buffer = new byte[HEADER_LENGTH];

	private int filled;

	private volatile Duration timeout = Duration.ZERO;

	/**
	 * Create a connection over a stream.
	 * @param stream the stream; closed with the connection
	 */
	public ControlConnection(UnixStream stream) {
		this.stream = stream;
	}

	/**
	 * Return who is at the other end.
	 * @return the credentials, as the kernel says
	 * @throws IOException if the connection is closed
	 */
	public PeerCredentials peer() throws IOException {
		return this.stream.peer();
	}

	/**
	 * Bound every wait for the other side.
	 * @param timeout how long a {@link #read()} waits for a message, and a {@link #write}
	 * for room; zero for ever
	 * @throws IOException if the connection is closed
	 */
	public void setTimeout(Duration timeout) throws IOException {
		this.stream.setTimeout(timeout);
		this.timeout = timeout;
	}

	/**
	 * Bound every wait for a message, and leave the bound of the writes as it is.
	 * @param timeout how long a {@link #read()} waits
	 * @throws IOException if the connection is closed
	 */
	public void setReadTimeout(Duration timeout) throws IOException {
		this.stream.setReadTimeout(timeout);
		this.timeout = timeout;
	}

	/**
	 * Accept descriptors from the other side.
	 * @param most how many may come with a message, 0 for none, which is what holds
	 * without this call
	 */
	public void allowDescriptors(int most) {
		this.stream.allowDescriptors(most);
	}

	/**
	 * Write a message.
	 * @param message the message
	 * @param descriptors what travels with it; stay the caller's
	 * @throws IOException if the other side is gone or does not read
	 */
	public void write(ControlMessage message, List<Descriptor> descriptors) throws IOException {
		byte[] json = mapper.writeValueAsBytes(message);
		if (json.length > MAX_LENGTH) {
			throw new IOException(
					"A control message has " + json.length + " bytes, at most " + MAX_LENGTH + " are allowed");
		}
		ByteBuffer frame = ByteBuffer.allocate(HEADER_LENGTH + json.length);
		frame.putInt(MAGIC << 8 | VERSION).putInt(json.length).put(json);
		this.stream.write(frame.array(), descriptors);
	}

	/**
	 * Write a message without descriptors.
	 * @param message the message
	 * @throws IOException if the other side is gone or does not read
	 */
	public void write(ControlMessage message) throws IOException {
		write(message, List.of());
	}

	/**
	 * Read the next message. What has come of a message when the timeout runs out is kept
	 * for the next call.
	 * @return the message, or {@code null} if it was not complete in time. A peer that
	 * sends it byte by byte gets no more than twice the time
	 * @throws EOFException if the other side has closed the connection
	 * @throws ControlProtocolException if it sent something else than a message
	 * @throws IOException if the connection is closed
	 */
	public @Nullable ControlMessage read() throws IOException {
		long start = System.nanoTime();
		ControlMessage message = read(start);
		while (message instanceof ControlMessage.Unknown unknown) {
			skip(unknown);
			message = (isOver(start)) ? null : read(start);
		}
		return message;
	}

	private void skip(ControlMessage.Unknown message) throws ControlProtocolException {
		takeDescriptors().forEach(Descriptor::close);
		takeDiscarded();
		if (message.type() == null) {
			throw new ControlProtocolException("sent JSON that is no control message: it has no type");
		}
		if (message.isMandatory()) {
			throw new ControlProtocolException("sent a message of type '" + message.type()
					+ "', which must be understood. Use its version of fdwork on both sides");
		}
		logger.debug("Skipped a control message of type '{}', which this version does not know", message.type());
	}

	private @Nullable ControlMessage read(long start) throws IOException {
		try {
			if (!fill(start)) {
				return null;
			}
			if (this.buffer.length == HEADER_LENGTH) {
				this.buffer = growFor(this.buffer);
				if (!fill(start)) {
					return null;
				}
			}
		}
		catch (SocketTimeoutException ex) {
			return null;
		}
		catch (ProtocolException ex) {
			throw new ControlProtocolException(String.valueOf(ex.getMessage()));
		}
		byte[] frame = this.buffer;
		this.buffer = new byte[HEADER_LENGTH];
		this.filled = 0;
		try {
			ControlMessage message = mapper.readValue(frame, HEADER_LENGTH, frame.length - HEADER_LENGTH,
					ControlMessage.class);
			if (message == null) {
				throw new ControlProtocolException("sent JSON that is no control message: null");
			}
			return message;
		}
		catch (JacksonException ex) {
			throw new ControlProtocolException("sent JSON that is no control message: " + ex.getOriginalMessage());
		}
	}

	private boolean fill(long start) throws IOException {
		while (this.filled < this.buffer.length) {
			int read = this.stream.read(this.buffer, this.filled, this.buffer.length - this.filled);
			if (read < 0) {
				throw new EOFException("The control connection has ended");
			}
			this.filled += read;
			if (this.filled < this.buffer.length && isOver(start)) {
				return false;
			}
		}
		return true;
	}

	private boolean isOver(long start) {
		Duration timeout = this.timeout;
		return !timeout.isZero() && System.nanoTime() - start > timeout.toNanos();
	}

	private static byte[] growFor(byte[] header) throws ControlProtocolException {
		ByteBuffer fields = ByteBuffer.wrap(header);
		int magicAndVersion = fields.getInt();
		if (magicAndVersion >>> 8 != MAGIC) {
			throw new ControlProtocolException("does not speak the control protocol");
		}
		if ((magicAndVersion & 0xff) != VERSION) {
			throw new ControlProtocolException(
					"speaks version " + (magicAndVersion & 0xff) + " of the control protocol, this side version "
							+ VERSION + ". Use the same version of fdwork on both sides");
		}
		int length = fields.getInt();
		if (length <= 0 || length > MAX_LENGTH) {
			throw new ControlProtocolException("announced a message of " + Integer.toUnsignedString(length)
					+ " bytes, 1 to " + MAX_LENGTH + " are allowed");
		}
		byte[] frame = new byte[HEADER_LENGTH + length];
		System.arraycopy(header, 0, frame, 0, HEADER_LENGTH);
		return frame;
	}

	/**
	 * Take the descriptors that came with the messages read so far.
	 * @return the descriptors, to be closed by the caller
	 */
	public List<Descriptor> takeDescriptors() {
		return this.stream.takeDescriptors();
	}

	/**
	 * Return whether descriptors that may have come since this was asked last are lost,
	 * as this process had too few free ones to take them. For the thread that reads.
	 * @return whether any that came were closed
	 */
	public boolean takeDiscarded() {
		return this.stream.takeDiscarded();
	}

	/**
	 * Let the other side send nothing more. What it has sent can still be read, before
	 * the connection ends for {@link #read()}.
	 */
	public void endReading() {
		this.stream.shutdownInput();
	}

	@Override
	public void close() {
		this.stream.close();
	}

	/**
	 * What a state is read as that this version does not know.
	 */
	private enum NewerState {

		@JsonEnumDefaultValue
		UNKNOWN

	}

}
