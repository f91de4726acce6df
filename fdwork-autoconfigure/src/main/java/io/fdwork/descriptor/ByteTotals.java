package io.fdwork.descriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import io.netty.channel.ChannelException;
import io.netty.channel.unix.Socket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the kernel knows of a connection, whoever has held it: how much of it all
 * processes together have read and written.
 *
 * @param client what the client has done
 * @param read how many bytes were read
 * @param written how many bytes were written, those that have not been sent yet included
 * @param unread how many bytes have come that nobody has read
 * @hidden
 */
@Internal
public record ByteTotals(ClientState client, long read, long written, int unread) {

	private static final Logger logger = LoggerFactory.getLogger(ByteTotals.class);

	// struct tcp_info of linux/tcp.h, since Linux 4.19
	private static final int STATE = 0;

	private static final int BYTES_RECEIVED = 128;

	private static final int NOTSENT_BYTES = 144;

	private static final int BYTES_SENT = 200;

	private static final int BYTES_RETRANSMITTED = 208;

	private static final int LENGTH = 216;

	private static final int TCP_INFO = 11;

	private static final int TCP_ESTABLISHED = 1;

	private static final int TCP_CLOSE_WAIT = 8;

	/**
	 * What an older kernel leaves as it is.
	 */
	private static final long UNKNOWN = -1;

	/**
	 * How often to look at a connection on which data come in.
	 */
	private static final int TRIES = 100;

	/**
	 * Ask the kernel.
	 * @param connection a connection that nobody else reads or writes any more
	 * @return the totals, {@code null} if they cannot be told
	 */
	public static @Nullable ByteTotals of(Descriptor connection) {
		int number = connection.number();
		try {
			Snapshot before = Snapshot.of(number);
			for (int i = 0; i < TRIES && before != null; i++) {
				int unread = Numbers.unread(number);
				Snapshot after = Snapshot.of(number);
				if (before.equals(after)) {
					return before.totals(unread);
				}
				before = after;
			}
			return null;
		}
		catch (IOException | ChannelException ex) {
			logger.debug("Cannot tell what was read of a connection", ex);
			return null;
		}
	}

	/**
	 * What of {@code struct tcp_info} has to be the same before and after what came is
	 * counted.
	 */
	private record Snapshot(int state, long received, long written) {

		private static final ThreadLocal<ByteBuffer> infos = ThreadLocal
			.withInitial(() -> ByteBuffer.allocateDirect(LENGTH).order(ByteOrder.nativeOrder()));

		static @Nullable Snapshot of(int number) throws IOException {
			ByteBuffer info = infos.get().clear();
			info.putLong(BYTES_SENT, UNKNOWN).putLong(BYTES_RETRANSMITTED, UNKNOWN);
			new Socket(number).getRawOpt(TcpSockets.IPPROTO_TCP, TCP_INFO, info);
			long sent = info.getLong(BYTES_SENT);
			long retransmitted = info.getLong(BYTES_RETRANSMITTED);
			return (sent == UNKNOWN || retransmitted == UNKNOWN) ? null : new Snapshot(info.get(STATE),
					info.getLong(BYTES_RECEIVED), sent - retransmitted + info.getInt(NOTSENT_BYTES));
		}

		ByteTotals totals(int unread) {
			// The end of the stream counts as a byte
			int end = (this.state == TCP_ESTABLISHED) ? 0 : 1;
			ClientState client = switch (this.state) {
				case TCP_ESTABLISHED -> ClientState.PRESENT;
				case TCP_CLOSE_WAIT -> (unread > 0) ? ClientState.HALF_CLOSED : ClientState.CLOSED;
				default -> ClientState.RESET;
			};
			return new ByteTotals(client, this.received - unread - end, this.written, unread);
		}

	}

}
