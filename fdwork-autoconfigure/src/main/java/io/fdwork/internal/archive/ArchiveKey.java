package io.fdwork.internal.archive;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * What an archive is of: a jar as it is now, a JVM, and the arguments of the JVM that
 * decide whether an archive fits.
 *
 * @param name the hash of all of it, which tells it from other keys
 * @param javaHome the JDK
 * @param jar the real path of the jar
 * @param aotCache whether the archive is an AOT cache, otherwise it is a dynamic CDS
 * archive
 */
record ArchiveKey(String name, Path javaHome, Path jar, boolean aotCache) {

	/**
	 * With the number of the attempt that built it, besides the first.
	 */
	private static final Pattern DIRECTORY = Pattern.compile("[0-9a-f]{32}(-[0-9]{1,9})?");

	private static final int AOT_CACHE_FEATURE = 25;

	private static final Pattern FEATURE = Pattern.compile("(?m)^JAVA_VERSION=\"?(\\d+)");

	/**
	 * Find the key of the moment.
	 * @return the key, or {@code null} if there is no such jar
	 */
	static @Nullable ArchiveKey of(Path javaHome, Path jar, List<String> jvmArguments) throws IOException {
		if (!jar.toString().endsWith(".jar") || !Files.isRegularFile(jar)) {
			return null;
		}
		Path real = jar.toRealPath();
		String release = Files.readString(javaHome.resolve("release"));
		Matcher feature = FEATURE.matcher(release);
		if (!feature.find()) {
			throw new IOException(javaHome.resolve("release") + " does not say which version it is");
		}
		String name = JarStamp.hash(
				String
					.join("\n", JarStamp.of(real), real.toString(), release,
							String.join("\n", ArchiveArguments.decisive(jvmArguments)))
					.getBytes(StandardCharsets.UTF_8));
		return new ArchiveKey(name, javaHome, real, Integer.parseInt(feature.group(1)) >= AOT_CACHE_FEATURE);
	}

	/**
	 * Return whether it could be the name of a directory for a key.
	 */
	static boolean isDirectoryName(String text) {
		return DIRECTORY.matcher(text).matches();
	}

}
