package io.fdwork.internal.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

import io.fdwork.descriptor.UnixStream;
import io.fdwork.descriptor.UnixStreamListener;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.wire.ControlConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The socket that workers connect to, and the thread that accepts from it. That thread
 * puts the socket back if somebody has deleted it or its directory.
 */
final class ControlSocket implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ControlSocket.class);

	private static final int BACKLOG = 64;

	/**
	 * How often the thread looks whether its socket can still be found.
	 */
	private static final Duration TEND_INTERVAL = Duration.ofSeconds(1);

	private static final Set<PosixFilePermission> EVERYBODY = PosixFilePermissions.fromString("rw-rw-rw-");

	private final DaemonDirectory directory;

	private final Object lock = new Object();

	private volatile UnixStreamListener socket;

	// What the file of the socket is known by, and what was wrong last: of the thread
	private @Nullable Object key;

	private final Failures accepting = new Failures();

	private final Failures tending = new Failures();

	private volatile @Nullable Thread thread;

	private volatile boolean closed;

	ControlSocket(DaemonDirectory directory) throws IOException {
		this.directory = directory;
		this.socket = bind();
	}

	private UnixStreamListener bind() throws IOException {
		// Whatever is there is stale: the directory is locked by this process
		UnixStreamListener socket = UnixStreamListener.bind(this.directory.controlSocket(), BACKLOG);
		try {
			socket.setTimeout(TEND_INTERVAL);
			if (this.directory.isShared()) {
				Files.setPosixFilePermissions(this.directory.controlSocket(), EVERYBODY);
			}
			this.key = DaemonDirectory.fileKey(this.directory.controlSocket());
			return socket;
		}
		catch (Throwable ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Start to accept.
	 * @param peers takes each connection, on the thread that accepts. What it throws for
	 * want of a thread is told, and accepting goes on
	 */
	void start(Consumer<ControlConnection> peers) {
		// Not a daemon thread: keeps the JVM alive when no web server does
		Thread thread = new Thread(() -> acceptLoop(peers), "fdwork-control");
		this.thread = thread;
		thread.start();
	}

	boolean isAlive() {
		Thread thread = this.thread;
		return thread != null && thread.isAlive();
	}

	boolean isClosed() {
		return this.closed;
	}

	private void acceptLoop(Consumer<ControlConnection> peers) {
		long tendedNanos = System.nanoTime();
		while (!this.closed) {
			try {
				UnixStream stream = this.socket.accept();
				if (stream != null) {
					peers.accept(new ControlConnection(stream));
					this.accepting.over();
				}
			}
			catch (IOException | RuntimeException | Error ex) {
				// No descriptor or no thread is left: who connects waits in the backlog
				tell(this.accepting, "Cannot accept control connections", ex);
				Failures.rest();
			}
			if (System.nanoTime() - tendedNanos >= TEND_INTERVAL.toNanos()) {
				tend();
				tendedNanos = System.nanoTime();
			}
		}
	}

	private void tend() {
		try {
			synchronized (this.lock) {
				if (!this.closed) {
					restore();
				}
			}
			this.tending.over();
		}
		catch (IOException | RuntimeException | Error ex) {
			tell(this.tending,
					"Workers that are registered go on, but no worker can register in " + this.directory.path(), ex);
		}
	}

	private void restore() throws IOException {
		Path path = this.directory.controlSocket();
		boolean restored = this.directory.restore();
		Object key = DaemonDirectory.fileKey(path);
		// One that has closed itself has freed its inode, which a file of somebody else
		// may
		// have by now
		if (restored || key == null || !key.equals(this.key) || !this.socket.isOpen()) {
			// First, as it deletes its file
			this.socket.close();
			this.socket = bind();
			logger.warn("{} was missing, created it again. Workers that were registered are still", path);
		}
	}

	private void tell(Failures failures, String what, Throwable ex) {
		String problem = what + ": " + ex;
		if (!this.closed && failures.isFirst(problem)) {
			logger.error("{}. Trying again; logged once", problem);
		}
	}

	@Override
	public void close() {
		synchronized (this.lock) {
			this.closed = true;
			this.socket.close();
		}
	}

}
