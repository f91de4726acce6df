package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFUNIXSocket;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketCredentials;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connected AF_UNIX stream that can carry descriptors. One thread may read while
 * another writes. For platform threads only.
 *
 * @hidden
 */
@Internal
public final class UnixStream implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(UnixStream.class);

	private static final FileDescriptor[] NONE = {};

	/**
	 * How many files others may open while descriptors come.
	 */
	private static final int SLACK = 8;

	private final AFUNIXSocket socket;

	// Guarded by itself
	private final List<Descriptor> received = new ArrayList<>();

	private int most;

	// What descriptors come into, null while they are left to the kernel
	private @Nullable AncillaryBuffer ancillary;

	// Of the thread that reads
	private boolean discarded;

	private boolean closed;

	UnixStream(AFUNIXSocket socket) {
		this.socket = socket;
	}

	/**
	 * Connect.
	 * @param path the path that the other process listens on
	 * @return the stream, to be closed by the caller
	 * @throws IOException if nobody listens there
	 */
	public static UnixStream connect(Path path) throws IOException {
		NativePlatform.require();
		// Not connectTo(), which leaves the socket open when it fails
		AFUNIXSocket socket = AFUNIXSocket.newInstance();
		try {
			socket.connect(AFUNIXSocketAddress.of(path));
			return new UnixStream(socket);
		}
		catch (Throwable ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Return who is at the other end.
	 * @return the credentials that the kernel recorded when the connection was made
	 * @throws IOException if the stream is closed
	 */
	public PeerCredentials peer() throws IOException {
		AFUNIXSocketCredentials credentials = this.socket.getPeerCredentials();
		return new PeerCredentials(credentials.getPid(), credentials.getUid(), credentials.getGid());
	}

	/**
	 * Bound every read and write.
	 * @param timeout how long one call may wait before it throws a
	 * {@link java.net.SocketTimeoutException}; zero for ever
	 * @throws IOException if the stream is closed
	 */
	public void setTimeout(Duration timeout) throws IOException {
		this.socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
	}

	/**
	 * Bound every read, and leave the bound of the writes as it is.
	 * @param timeout how long one read may wait, from the next one on
	 * @throws IOException if the stream is closed
	 */
	public void setReadTimeout(Duration timeout) throws IOException {
		TcpSockets.setReadTimeout(FileDescriptorCast.using(this.socket.getFileDescriptor()).as(Integer.class), timeout);
	}

	/**
	 * Accept descriptors from the other end. Without this call the kernel closes those
	 * that are sent.
	 * @param most how many may wait to be taken; with one more the stream is broken. 0 to
	 * leave them to the kernel again
	 */
	public void allowDescriptors(int most) {
		this.most = most;
		if (most > 0) {
			this.ancillary = AncillaryBuffer.open(this.socket);
		}
		else {
			leaveToKernel();
		}
	}

	private void leaveToKernel() {
		AncillaryBuffer.close(this.socket);
		this.ancillary = null;
	}

	/**
	 * Write bytes, with descriptors attached to the first of them.
	 * @param bytes what to write; at least one byte if there are descriptors
	 * @param descriptors what to send with it; stay the caller's
	 * @throws TooManyInFlightException if the descriptors cannot be sent now; nothing was
	 * @throws IOException if the other end is gone or does not read
	 */
	public synchronized void write(byte[] bytes, List<Descriptor> descriptors) throws IOException {
		if (!descriptors.isEmpty()) {
			FileDescriptor[] outbound = new FileDescriptor[descriptors.size()];
			for (int i = 0; i < outbound.length; i++) {
				outbound[i] = Numbers.view(descriptors.get(i).number());
			}
			this.socket.setOutboundFileDescriptors(outbound);
		}
		try {
			this.socket.getOutputStream().write(bytes);
		}
		catch (IOException ex) {
			// They would go with the next bytes
			this.socket.setOutboundFileDescriptors(NONE);
			throw (TooManyInFlightException.isMeantBy(ex)) ? new TooManyInFlightException(ex) : ex;
		}
	}

	/**
	 * Read some bytes. Descriptors that come with them are kept for
	 * {@link #takeDescriptors()}, or closed by the kernel while this process has too few
	 * free ones to take as many as are allowed: the bytes are worth more.
	 * @param buffer where they go
	 * @param offset from which index
	 * @param length how many at most
	 * @return how many were read, or -1 at the end of the stream
	 * @throws ProtocolException if more descriptors came than are
	 * {@linkplain #allowDescriptors allowed}; all are closed then
	 * @throws DescriptorsExhaustedException if bytes came whose descriptors could not be
	 * taken: both are lost
	 * @throws IOException if the stream is closed or the timeout ran out
	 */
	public int read(byte[] buffer, int offset, int length) throws IOException {
		if (this.most > 0) {
			prepareToReceive();
		}
		int read = readBytes(buffer, offset, length);
		if (this.most > 0) {
			detachReceived();
		}
		return read;
	}

	private void prepareToReceive() {
		if (DescriptorTable.isShortOf(this.most + SLACK)) {
			this.discarded = true;
			leaveToKernel();
			return;
		}
		AncillaryBuffer ancillary = this.ancillary;
		if (ancillary == null) {
			this.ancillary = AncillaryBuffer.open(this.socket);
		}
		else {
			ancillary.clear();
		}
	}

	private int readBytes(byte[] buffer, int offset, int length) throws IOException {
		try {
			return this.socket.getInputStream().read(buffer, offset, length);
		}
		catch (IOException ex) {
			AncillaryBuffer ancillary = this.ancillary;
			if (ancillary != null && DescriptorsExhaustedException.isMeantBy(ex)) {
				int closed = ancillary.closeTruncated();
				logger.debug("Closed {} descriptors of a message that had more", closed);
				throw new DescriptorsExhaustedException(ex);
			}
			throw ex;
		}
	}

	/**
	 * Return whether descriptors that may have come since this was asked last were left
	 * to the kernel, which has closed them, as this process had too few free ones. For
	 * the thread that reads.
	 * @return whether any that came are lost
	 */
	public boolean takeDiscarded() {
		boolean discarded = this.discarded;
		this.discarded = false;
		return discarded;
	}

	private void detachReceived() throws IOException {
		List<Descriptor> descriptors = Numbers.detachAll(this.socket.getReceivedFileDescriptors());
		synchronized (this.received) {
			this.received.addAll(descriptors);
			int count = this.received.size();
			if (this.closed || count > this.most) {
				closeReceived();
			}
			if (count > this.most) {
				throw new ProtocolException("sent " + count + " descriptors, at most " + this.most + " are allowed");
			}
		}
	}

	private void closeReceived() {
		this.received.forEach(Descriptor::close);
		this.received.clear();
	}

	/**
	 * Take the descriptors that came with what was read so far.
	 * @return the descriptors, to be closed by the caller
	 */
	public List<Descriptor> takeDescriptors() {
		synchronized (this.received) {
			List<Descriptor> taken = new ArrayList<>(this.received);
			this.received.clear();
			return taken;
		}
	}

	/**
	 * Let the other end send nothing more: its writes fail. What it has sent can still be
	 * read, before the end of the stream.
	 */
	public void shutdownInput() {
		try {
			this.socket.shutdownInput();
		}
		catch (IOException ex) {
			logger.debug("{} has ended already", this.socket, ex);
		}
	}

	/**
	 * Close the stream, and the descriptors that nobody took.
	 */
	@Override
	public void close() {
		synchronized (this.received) {
			this.closed = true;
			closeReceived();
		}
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			logger.debug("Could not close {}", this.socket, ex);
		}
	}

}
