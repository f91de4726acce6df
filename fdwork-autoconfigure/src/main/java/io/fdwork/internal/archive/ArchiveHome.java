package io.fdwork.internal.archive;

import java.nio.file.Path;
import java.util.List;

/**
 * The directory of an archive, and what is in it: see {@link ArchiveStore} for the
 * layout.
 *
 * @param key what the archive is of
 * @param directory the directory
 */
record ArchiveHome(ArchiveKey key, Path directory) {

	/**
	 * Return the name of the directory.
	 */
	String name() {
		return this.directory.getFileName().toString();
	}

	Path application() {
		return this.directory.resolve("application");
	}

	Path extractedJar() {
		return application().resolve(this.key.jar().getFileName());
	}

	Path archive() {
		return this.directory.resolve((this.key.aotCache()) ? "startup.aot" : "startup.jsa");
	}

	Path unfinishedArchive() {
		return this.directory.resolve(archive().getFileName() + ".unfinished");
	}

	Path log() {
		return this.directory.resolve("training.log");
	}

	/**
	 * Return the argument with which a JVM writes the archive.
	 */
	String trainArgument() {
		return ((this.key.aotCache()) ? "-XX:AOTCacheOutput=" : "-XX:ArchiveClassesAtExit=") + unfinishedArchive();
	}

	/**
	 * Return the arguments with which a JVM uses the archive, or says nothing. An AOT
	 * cache cannot be combined with -Xshare; it need not, an unusable one is ignored
	 * unless it is required.
	 */
	List<String> useArguments() {
		return (this.key.aotCache()) ? List.of("-XX:AOTCache=" + archive(), "-Xlog:aot*=off")
				: List.of("-XX:SharedArchiveFile=" + archive(), "-Xshare:auto", "-Xlog:cds*=off");
	}

}
