package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The seat of the leader: a lock on a file in the directory of the daemon, which one
 * process holds at a time, and which the kernel takes back when that ends. For one
 * thread.
 */
final class LeaderSeat implements Election.Seat {

	static final String FILE = "leader.lock";

	private final Path file;

	// Kept open between tries: closing it releases the lock of the whole process
	// (fcntl(2)), but a lock on a file that has lost its name keeps nobody out
	private @Nullable FileChannel channel;

	private @Nullable Object key;

	/**
	 * Create a seat that this process does not hold.
	 * @param directory the directory of the daemon, which need not be there yet
	 */
	LeaderSeat(Path directory) {
		this.file = directory.resolve(FILE);
	}

	@Override
	public boolean take() throws IOException {
		if (this.channel != null && !isValid()) {
			leave();
		}
		FileChannel channel = this.channel;
		if (channel == null) {
			channel = FileChannel.open(this.file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE),
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
			this.channel = channel;
			this.key = key();
		}
		try {
			return channel.tryLock() != null && isValid();
		}
		catch (OverlappingFileLockException ex) {
			// Another worker in this JVM
			return false;
		}
	}

	/**
	 * Return whether the file is the one that others find, too.
	 */
	@Override
	public boolean isValid() {
		Object key = this.key;
		return key != null && key.equals(key());
	}

	private @Nullable Object key() {
		try {
			return Files.readAttributes(this.file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
		}
		catch (IOException ex) {
			return null;
		}
	}

	@Override
	public void leave() throws IOException {
		FileChannel channel = this.channel;
		this.channel = null;
		this.key = null;
		if (channel != null) {
			channel.close();
		}
	}

}
