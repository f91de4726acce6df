package io.fdwork.internal.output;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * The log file of a worker, where all that share its configuration would write, and roll,
 * the same one. Files are numbered, and a worker takes the lowest number that no living
 * process has: so there are not more files than there were workers at a time. The kernel
 * holds the number, by a lock on a file beside it, and takes it back when the process
 * ends.
 */
public final class WorkerLogFile {

	/**
	 * How many numbers are tried.
	 */
	private static final int MAX_NUMBER = 1024;

	private static final Map<Path, Path> taken = new HashMap<>();

	// As long as they are open, the numbers are this process's
	private static final Map<Path, FileLock> locks = new HashMap<>();

	private WorkerLogFile() {
	}

	/**
	 * Return the log file of this process, always the same one.
	 * @param shared the log file of all
	 * @return a file beside it: {@code app-worker-1.log} for {@code app.log}. Where files
	 * cannot be locked, the pid takes the place of the number
	 */
	public static synchronized Path of(Path shared) {
		return taken.computeIfAbsent(shared.toAbsolutePath(), (path) -> take(shared));
	}

	private static Path take(Path shared) {
		try {
			Path directory = shared.toAbsolutePath().getParent();
			if (directory != null) {
				Files.createDirectories(directory);
			}
			for (int number = 1; number <= MAX_NUMBER; number++) {
				Path file = name(shared, number);
				if (lock(file.resolveSibling("." + file.getFileName() + ".lock"))) {
					return file;
				}
			}
			return name(shared, ProcessHandle.current().pid());
		}
		catch (IOException ex) {
			return name(shared, ProcessHandle.current().pid());
		}
	}

	private static boolean lock(Path path) throws IOException {
		FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
		try {
			FileLock lock = channel.tryLock();
			if (lock != null) {
				locks.put(path, lock);
				return true;
			}
		}
		catch (OverlappingFileLockException ex) {
			// Another class loader of this process has it. To
			// close a channel of the file would unlock it
			return false;
		}
		catch (IOException ex) {
			channel.close();
			throw ex;
		}
		channel.close();
		return false;
	}

	private static Path name(Path shared, long number) {
		String name = shared.getFileName().toString();
		int dot = name.lastIndexOf('.');
		int end = (dot > 0) ? dot : name.length();
		return shared.resolveSibling(name.substring(0, end) + "-worker-" + number + name.substring(end));
	}

}
