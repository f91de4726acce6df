package io.fdwork.internal.fleet;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files that workers write their output to: those of workers that live, and the most
 * recent of the others.
 */
final class OutputFiles {

	private static final Logger logger = LoggerFactory.getLogger(OutputFiles.class);

	private static final int MAX_FILES = 64;

	private static final int MAX_TAIL_BYTES = 65_536;

	// Other users may pass the directory of the daemon
	private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

	private static final FileAttribute<?> OWNER_FILE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

	private static final Pattern NAME = Pattern.compile("worker-\\d+-(\\d{1,9})\\.log");

	private final Path directory;

	private int created;

	OutputFiles(Path directory) {
		this.directory = directory;
	}

	/**
	 * Start a process that appends to a file of its own, and delete the oldest files of
	 * those that have ended.
	 */
	Started start(ProcessBuilder builder, int generation, Starter starter) throws IOException {
		Path file = create();
		Process process;
		try {
			// Whoever truncates it, to rotate it, would otherwise find a hole before
			// what comes next
			process = starter.start(builder.redirectOutput(ProcessBuilder.Redirect.appendTo(file.toFile())));
		}
		catch (IOException | RuntimeException ex) {
			Files.deleteIfExists(file);
			throw ex;
		}
		Path named = name(file, generation, process.pid());
		return new Started(process, new Tail(named));
	}

	private Path create() throws IOException {
		Files.createDirectories(this.directory);
		Files.setPosixFilePermissions(this.directory, OWNER_ONLY);
		deleteOldest();
		this.created++;
		// The pid of the worker is not known yet
		Path file = this.directory.resolve("starting-" + ProcessHandle.current().pid() + "-" + this.created + ".log");
		// A daemon in a container may have the pid of the one before
		Files.deleteIfExists(file);
		return Files.createFile(file, OWNER_FILE);
	}

	private Path name(Path file, int generation, long pid) {
		Path named = this.directory.resolve("worker-" + generation + "-" + pid + ".log");
		try {
			return Files.move(file, named, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			logger.debug("The output of {} stays in {}", pid, file, ex);
			return file;
		}
	}

	private void deleteOldest() throws IOException {
		try (Stream<Path> files = Files.list(this.directory)) {
			List<Path> newestFirst = files.filter((file) -> !isOfLivingWorker(file))
				.sorted(Comparator.comparing((Path file) -> file.toFile().lastModified()).reversed())
				.toList();
			for (Path old : newestFirst.subList(Math.min(MAX_FILES, newestFirst.size()), newestFirst.size())) {
				logger.debug("Deleting the old output {}", old);
				Files.deleteIfExists(old);
			}
		}
	}

	/**
	 * Return whether its worker lives, also one that another daemon has started. If
	 * another process has its pid now, the file stays a while longer.
	 */
	private static boolean isOfLivingWorker(Path file) {
		Matcher name = NAME.matcher(file.getFileName().toString());
		return name.matches() && ProcessHandle.of(Integer.parseInt(name.group(1))).isPresent();
	}

	/**
	 * The end of a file that a worker appends to.
	 *
	 * @param file the file
	 */
	private record Tail(Path file) implements OutputTail {

		@Override
		public List<String> lines() {
			LastLines lines = new LastLines();
			read(Math.max(0, this.file.toFile().length() - MAX_TAIL_BYTES), MAX_TAIL_BYTES).forEach(lines::add);
			return lines.toList();
		}

		@Override
		public Supplier<ThreadDump> watchDump() {
			long from = this.file.toFile().length();
			return () -> {
				ThreadDump dump = new ThreadDump();
				read(from, 2 * ThreadDump.MAX_LENGTH).forEach(dump::add);
				return dump;
			};
		}

		private Stream<String> read(long from, int most) {
			try (RandomAccessFile content = new RandomAccessFile(this.file.toFile(), "r")) {
				byte[] bytes = new byte[(int) Math.max(0, Math.min(content.length() - from, most))];
				content.seek(from);
				content.readFully(bytes);
				return new String(bytes, Charset.defaultCharset()).lines();
			}
			catch (IOException ex) {
				logger.debug("Cannot read {}", this.file, ex);
				return Stream.empty();
			}
		}

	}

	/**
	 * Starts a process.
	 */
	interface Starter {

		Process start(ProcessBuilder builder) throws IOException;

	}

	/**
	 * A process that was started.
	 *
	 * @param process the process
	 * @param tail what it wrote last
	 */
	record Started(Process process, OutputTail tail) {
	}

}
