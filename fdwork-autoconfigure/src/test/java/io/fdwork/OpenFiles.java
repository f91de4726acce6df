package io.fdwork;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * The open files of this process, as the kernel counts them.
 */
public final class OpenFiles {

	private OpenFiles() {
	}

	/**
	 * Return how many files are open, besides those that the JVM opens as it loads
	 * classes.
	 * @return the number
	 */
	public static int count() {
		return targets().size();
	}

	private static List<String> targets() {
		List<String> targets = new ArrayList<>();
		try (DirectoryStream<Path> numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path number : numbers) {
				String target = target(number);
				if (target != null && isOfApplication(target)) {
					targets.add(target);
				}
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		return targets;
	}

	private static @Nullable String target(Path number) {
		try {
			return Files.readSymbolicLink(number).toString();
		}
		catch (IOException ex) {
			// Closed meanwhile
			return null;
		}
	}

	private static boolean isOfApplication(String target) {
		// A worker that has become the leader has its seat from then on
		return !target.endsWith(".jar") && !target.endsWith("/modules") && !target.startsWith("/proc/")
				&& !target.endsWith("/leader.lock");
	}

	/**
	 * Do something several times and check that it leaves no file open. It is done once
	 * before, so that what is opened once for all does not count.
	 * @param times how often
	 * @param action what to do
	 */
	public static void assertNoneLeaked(int times, Action action) {
		try {
			action.run();
			int before = count();
			for (int i = 0; i < times; i++) {
				action.run();
			}
			awaitAtMost(before);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Wait until no more files are open than a number.
	 * @param limit the number
	 */
	public static void awaitAtMost(int limit) {
		Awaitility.await("at most " + limit + " open files")
			.atMost(Duration.ofSeconds(30))
			.pollInterval(Duration.ofMillis(20))
			.until(OpenFiles::targets, (targets) -> targets.size() <= limit);
	}

	/**
	 * Something that may fail.
	 */
	@FunctionalInterface
	public interface Action {

		/**
		 * Do it.
		 * @throws Exception if it failed
		 */
		void run() throws Exception;

	}

}
