package io.fdwork.descriptor;

import java.io.IOException;

import org.newsclub.net.unix.AFSocketType;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketPair;

/**
 * A connected pair of AF_UNIX datagram sockets. Messages and the descriptors in them are
 * held by the kernel from the moment that {@link SendingEnd#send} accepts them until one
 * {@link Receiver} of any process takes them, in order, each exactly once (unix(7)).
 *
 * @param sendingEnd the end that messages go in
 * @param receivingEnd the end that they come out of
 * @hidden
 */
@Internal
public record MessagePair(SendingEnd sendingEnd, ReceivingEnd receivingEnd) implements AutoCloseable {

	/**
	 * Open a pair. The receiving end is configured here, once: its options belong to the
	 * socket, which every process that holds it shares. It never blocks: who waits for a
	 * message does so by epoll.
	 * @return the pair, to be closed by the caller
	 * @throws IOException if the process has too few descriptors left
	 */
	public static MessagePair open() throws IOException {
		NativePlatform.require();
		AFUNIXSocketPair<AFUNIXDatagramChannel> pair = AFUNIXSocketPair.openDatagram(AFSocketType.SOCK_DGRAM);
		try {
			pair.getSocket2().configureBlocking(false);
			pair.getSocket1().setShutdownOnClose(false);
			pair.getSocket2().setShutdownOnClose(false);
			SendingEnd sendingEnd = SendingEnd.of(pair.getSocket1());
			try {
				return new MessagePair(sendingEnd, ReceivingEnd.of(pair.getSocket2()));
			}
			catch (Throwable ex) {
				sendingEnd.close();
				throw ex;
			}
		}
		catch (Throwable ex) {
			pair.close();
			throw ex;
		}
	}

	@Override
	public void close() {
		this.sendingEnd.close();
		this.receivingEnd.close();
	}

}
