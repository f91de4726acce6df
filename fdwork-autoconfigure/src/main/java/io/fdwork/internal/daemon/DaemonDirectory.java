package io.fdwork.internal.daemon;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.fdwork.internal.wire.ControlAddress;
import io.fdwork.internal.wire.DirectoryUnusableException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of a daemon, which one daemon holds at a time. The lock on it ends with
 * the process, however that ends.
 */
public final class DaemonDirectory implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(DaemonDirectory.class);

	private static final String LOCK_NAME = "daemon.lock";

	private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

	/**
	 * Others may pass to the control socket, whose peers are checked, and see nothing
	 * else.
	 */
	private static final Set<PosixFilePermission> PASSABLE = PosixFilePermissions.fromString("rwx--x--x");

	private static final Set<PosixFilePermission> OWNER_FILE = PosixFilePermissions.fromString("rw-------");

	// Closing any descriptor of a file releases the locks of the whole process
	// (fcntl(2)), so a second daemon in this JVM must not even open it
	private static final Set<Path> held = ConcurrentHashMap.newKeySet();

	private final Path path;

	private final Path controlSocket;

	private final boolean shared;

	private FileChannel lockFile;

	private @Nullable Object lockKey;

	private DaemonDirectory(Path path, Path controlSocket, boolean shared, FileChannel lockFile) {
		this.path = path;
		this.controlSocket = controlSocket;
		this.shared = shared;
		this.lockFile = lockFile;
		this.lockKey = fileKey(path.resolve(LOCK_NAME));
	}

	/**
	 * Create the directory with mode 0700 if it is not there, check it, and lock it.
	 * @param path the directory
	 * @return the directory, to be closed by the caller
	 * @throws DirectoryUnusableException if it cannot be created or written, belongs to
	 * somebody else, lets others in, or has too long a path
	 * @throws SecondDaemonException if another daemon holds it
	 */
	public static DaemonDirectory open(Path path) {
		return open(path, false);
	}

	/**
	 * Create the directory if it is not there, check it, and lock it.
	 * @param path the directory
	 * @param shared whether workers of other users must reach the control socket: the
	 * directory is created with mode 0711 then, and may have any mode that lets nobody
	 * else write
	 * @return the directory, to be closed by the caller
	 * @throws DirectoryUnusableException if it cannot be created or written, belongs to
	 * somebody else, lets others do more than they should, or has too long a path
	 * @throws SecondDaemonException if another daemon holds it
	 */
	public static DaemonDirectory open(Path path, boolean shared) {
		Path controlSocket = ControlAddress.in(path);
		try {
			create(path, shared);
			check(path, shared);
			Path real = path.toRealPath();
			if (!held.add(real)) {
				throw new SecondDaemonException(path, String.valueOf(ProcessHandle.current().pid()));
			}
			try {
				return new DaemonDirectory(real, controlSocket, shared, lock(path));
			}
			catch (Throwable ex) {
				held.remove(real);
				throw ex;
			}
		}
		catch (IOException ex) {
			throw unusable(path, ex.toString());
		}
	}

	/**
	 * Check what can be known of a directory before it is opened, its mode excepted: who
	 * is let in may be decided later.
	 * @param path the directory, which need not be there yet
	 * @throws DirectoryUnusableException if it cannot be created or written, belongs to
	 * somebody else, or has too long a path
	 * @throws SecondDaemonException if another daemon holds it
	 */
	public static void checkUsable(Path path) {
		ControlAddress.in(path);
		Path there = path.toAbsolutePath().normalize();
		while (there.getParent() != null && !Files.exists(there)) {
			there = there.getParent();
		}
		try {
			if (there.equals(path.toAbsolutePath().normalize())) {
				checkOwner(path);
				checkFree(path);
			}
		}
		catch (IOException ex) {
			throw unusable(path, ex.toString());
		}
		if (!Files.isDirectory(there) || !Files.isWritable(there)) {
			throw unusable(path, there + " cannot be written");
		}
	}

	/**
	 * Check who is let in, if the directory is there.
	 * @param path the directory
	 * @param shared whether workers of other users must reach the control socket
	 * @throws DirectoryUnusableException if others could do more than they should, or
	 * less than they must
	 */
	public static void checkMode(Path path, boolean shared) {
		try {
			if (Files.exists(path)) {
				check(path, shared);
			}
		}
		catch (IOException ex) {
			throw unusable(path, ex.toString());
		}
	}

	private static void checkFree(Path path) throws IOException {
		Path lock = path.resolve(LOCK_NAME);
		// To close any file of the lock would unlock it for the whole process
		if (held.contains(path.toRealPath()) || !Files.isWritable(lock)) {
			return;
		}
		try (FileChannel file = FileChannel.open(lock, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			if (file.tryLock() == null) {
				throw new SecondDaemonException(path, read(file));
			}
		}
	}

	private static DirectoryUnusableException unusable(Path path, String problem) {
		return new DirectoryUnusableException(path, "cannot be used: " + problem,
				"Create it for the user of the daemon with mode 0700, or set fdwork.directory");
	}

	private static void create(Path path, boolean shared) throws IOException {
		Path parent = path.toAbsolutePath().getParent();
		if (parent != null) {
			Files.createDirectories(parent);
		}
		try {
			Files.createDirectory(path, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
			if (shared) {
				// Not at once, where the umask would have its say
				Files.setPosixFilePermissions(path, PASSABLE);
			}
		}
		catch (FileAlreadyExistsException ex) {
			logger.trace("Using the directory that is there", ex);
		}
	}

	private static void checkOwner(Path path) throws IOException {
		if (!Files.isDirectory(path)) {
			throw new DirectoryUnusableException(path, "is not a directory", "Set fdwork.directory to a directory");
		}
		long owner = ((Number) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue();
		long self = ControlAddress.uid();
		if (owner != self) {
			throw new DirectoryUnusableException(path, "belongs to uid " + owner + ", this process is uid " + self,
					"Set fdwork.directory to a directory that belongs to the user of the daemon");
		}
	}

	private static void check(Path path, boolean shared) throws IOException {
		checkOwner(path);
		Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
		if (shared) {
			checkShared(path, permissions);
		}
		else if (!OWNER_ONLY.equals(permissions)) {
			throw new DirectoryUnusableException(path,
					"has mode " + PosixFilePermissions.toString(permissions) + ": its sockets would be open to others",
					"Run chmod 0700 on it (systemd: RuntimeDirectoryMode=0700), or set fdwork.directory to one for the "
							+ "daemon alone");
		}
	}

	private static void checkShared(Path path, Set<PosixFilePermission> permissions) {
		boolean owner = permissions.containsAll(OWNER_ONLY);
		boolean others = permissions.contains(PosixFilePermission.GROUP_WRITE)
				|| permissions.contains(PosixFilePermission.OTHERS_WRITE);
		boolean passable = permissions.contains(PosixFilePermission.GROUP_EXECUTE)
				|| permissions.contains(PosixFilePermission.OTHERS_EXECUTE);
		if (!owner || others || !passable) {
			throw new DirectoryUnusableException(path,
					"has mode " + PosixFilePermissions.toString(permissions)
							+ ": the users that are allowed besides its own must pass it, and not write to it",
					"Run chmod 0711 on it, or 0710 if its group is the one that is allowed (systemd: RuntimeDirectoryMode), "
							+ "or remove fdwork.daemon.allowed-users and fdwork.daemon.allowed-groups");
		}
	}

	/**
	 * Put back what somebody has deleted: the directory, and the lock in it.
	 * @return whether something was missing
	 * @throws IOException if it cannot be put back
	 * @throws DirectoryUnusableException if there is another directory in its place
	 * @throws SecondDaemonException if another daemon holds that
	 */
	synchronized boolean restore() throws IOException {
		Path lock = this.path.resolve(LOCK_NAME);
		Object key = fileKey(lock);
		if (key != null && key.equals(this.lockKey)) {
			return false;
		}
		create(this.path, this.shared);
		check(this.path, this.shared);
		if (!this.path.toRealPath().equals(this.path)) {
			throw new DirectoryUnusableException(this.path, "has become a link", "Remove the link");
		}
		FileChannel restored = lock(this.path);
		// Has a name no more, so that this unlocks nothing that anybody can find
		this.lockFile.close();
		this.lockFile = restored;
		this.lockKey = fileKey(lock);
		return true;
	}

	/**
	 * Return what tells a file from another one of the same name.
	 * @return the key, or {@code null} if it is not there
	 */
	static @Nullable Object fileKey(Path path) {
		try {
			return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).fileKey();
		}
		catch (IOException ex) {
			return null;
		}
	}

	private static FileChannel lock(Path path) throws IOException {
		// For the owner alone: who can open it, can lock it
		FileChannel file = FileChannel.open(path.resolve(LOCK_NAME),
				Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE),
				PosixFilePermissions.asFileAttribute(OWNER_FILE));
		try {
			if (file.tryLock() == null) {
				throw new SecondDaemonException(path, read(file));
			}
			file.truncate(0);
			file.write(ByteBuffer.wrap(String.valueOf(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)));
			return file;
		}
		catch (Throwable ex) {
			file.close();
			throw ex;
		}
	}

	private static String read(FileChannel file) throws IOException {
		ByteBuffer content = ByteBuffer.allocate(32);
		file.read(content, 0);
		return new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
	}

	/**
	 * Return the directory.
	 * @return its path
	 */
	public Path path() {
		return this.path;
	}

	/**
	 * Return whether workers of other users must reach the control socket.
	 */
	boolean isShared() {
		return this.shared;
	}

	/**
	 * Return where the control socket belongs.
	 * @return its path
	 */
	public Path controlSocket() {
		return this.controlSocket;
	}

	@Override
	public synchronized void close() {
		try {
			this.lockFile.close();
			held.remove(this.path);
		}
		catch (IOException ex) {
			logger.warn("Could not unlock {}", this.path, ex);
		}
	}

}
