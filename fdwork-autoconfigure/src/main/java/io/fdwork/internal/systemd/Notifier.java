package io.fdwork.internal.systemd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.descriptor.SendingEnd;
import io.fdwork.internal.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd about this process (sd_notify(3)). What cannot be told within a second is
 * logged once and not told: systemd must not hold up the process. Does nothing without a
 * socket to tell it to. Safe for all threads.
 */
public final class Notifier implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(Notifier.class);

	private static final Duration TIMEOUT = Duration.ofSeconds(1);

	private static final long NANOS_PER_MICRO = 1000;

	private final @Nullable String address;

	private final Failures failures = new Failures();

	// Whether it has not read for the time that it is waited for: then
	// the next message is not waited for, or many would take many times
	private boolean deaf;

	// Kept open: a process without a free descriptor can still tell that it is alive
	private @Nullable SendingEnd socket;

	private boolean closed;

	Notifier(@Nullable String address) {
		this.address = address;
	}

	boolean isEnabled() {
		return this.address != null;
	}

	/**
	 * Tell that the process does its work from now on.
	 * @param status the status, for people
	 */
	public void ready(String status) {
		send("READY=1\n" + statusLine(status), List.of());
	}

	/**
	 * Tell that the process is about to end.
	 */
	public void stopping() {
		send("STOPPING=1\n" + statusLine("Stopping"), List.of());
	}

	/**
	 * Tell that the process is about to end, and has reasons to take its time.
	 * @param atMost how long that takes at most
	 */
	public void stopping(Duration atMost) {
		send("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + atMost.toNanos() / NANOS_PER_MICRO + "\n" + statusLine("Stopping"),
				List.of());
	}

	/**
	 * Tell that the process does what it was asked for by the signal for a reload. It
	 * {@linkplain #ready(String) says} when that has begun to work.
	 */
	public void reloading() {
		// CLOCK_MONOTONIC, as systemd wants it
		send("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / NANOS_PER_MICRO, List.of());
	}

	/**
	 * Tell the status.
	 * @param status the status, for people
	 */
	public void status(String status) {
		send(statusLine(status), List.of());
	}

	/**
	 * Keep the watchdog from killing the process.
	 */
	void alive() {
		send("WATCHDOG=1", List.of());
	}

	/**
	 * Let systemd keep a descriptor for the process that it starts after this one.
	 * @param name the name under which it is passed then
	 * @param descriptor the descriptor; stays the caller's
	 */
	public void store(String name, Descriptor descriptor) {
		send("FDSTORE=1\nFDNAME=" + name, List.of(descriptor));
	}

	/**
	 * Let systemd keep no descriptor of a name any more.
	 * @param name the name that it was stored with
	 */
	public void removeFromStore(String name) {
		send("FDSTOREREMOVE=1\nFDNAME=" + name, List.of());
	}

	private static String statusLine(String status) {
		// A line break would begin another assignment
		return "STATUS=" + status.replace('\n', ' ');
	}

	private synchronized void send(String message, List<Descriptor> descriptors) {
		if (this.address == null || this.closed) {
			return;
		}
		try {
			if (this.socket == null) {
				this.socket = SendingEnd.connect(this.address);
			}
			this.deaf = !send(this.socket, message, descriptors, (this.deaf) ? Duration.ZERO : TIMEOUT);
			if (!this.deaf) {
				this.failures.over();
			}
			else if (this.failures.isFirst("not read")) {
				logger.warn("systemd does not read what it is told: {}. Logged once until it does",
						message.replace('\n', ' '));
			}
		}
		catch (IOException ex) {
			if (this.failures.isFirst(String.valueOf(ex.getMessage()))) {
				logger.warn("Cannot tell systemd at {}: {}. Logged once until it can be told", this.address,
						message.replace('\n', ' '), ex);
			}
			closeSocket();
		}
	}

	private static boolean send(SendingEnd socket, String message, List<Descriptor> descriptors, Duration timeout)
			throws IOException {
		byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
		ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
		long deadline = System.nanoTime() + timeout.toNanos();
		while (!socket.send(buffer, descriptors)) {
			long left = deadline - System.nanoTime();
			if (left <= 0 || Thread.currentThread().isInterrupted()) {
				return false;
			}
			socket.awaitRoom(Duration.ofNanos(left));
		}
		return true;
	}

	private void closeSocket() {
		if (this.socket != null) {
			this.socket.close();
			this.socket = null;
		}
	}

	@Override
	public synchronized void close() {
		this.closed = true;
		closeSocket();
	}

}
