package io.fdwork.sample;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Finds programs of the system, or else of the packages of Debian, with the scripts of
 * this module.
 */
final class Debian {

	private Debian() {
	}

	/**
	 * Find what a script finds.
	 * @param script its name
	 * @param cache where packages are unpacked if the system has none
	 * @return what it says, {@code null} if it finds nothing
	 */
	static @Nullable String find(String script, Path cache) throws Exception {
		Path output = Files.createTempFile("fdwork-it", "output");
		try {
			Process process = new ProcessBuilder(Path.of(script).toAbsolutePath().toString(),
					cache.toAbsolutePath().toString())
				.redirectError(ProcessBuilder.Redirect.INHERIT)
				.redirectOutput(output.toFile())
				.start();
			if (!process.waitFor(10, TimeUnit.MINUTES)) {
				process.destroyForcibly();
				return null;
			}
			return (process.exitValue() == 0) ? Files.readString(output).strip() : null;
		}
		finally {
			Files.delete(output);
		}
	}

}
