package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.function.Consumer;

import io.fdwork.internal.failure.Failures;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a daemon leaves for the next one in the directory, so that workers which survive
 * it are adopted and not started twice.
 */
final class FleetFile {

	private static final Logger logger = LoggerFactory.getLogger(FleetFile.class);

	private static final String NAME = "fleet.json";

	// Other users may pass the directory
	private static final FileAttribute<?> OWNER_ONLY = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

	private static final JsonMapper mapper = JsonMapper.builder().build();

	private final Path path;

	private final Consumer<Runnable> log;

	private final Failures failures = new Failures();

	FleetFile(Path directory) {
		this(directory, Runnable::run);
	}

	/**
	 * Create a file.
	 * @param log runs what logs, when whoever uses this holds no lock
	 */
	FleetFile(Path directory, Consumer<Runnable> log) {
		this.path = directory.resolve(NAME);
		this.log = log;
	}

	/**
	 * Read what the last daemon has left.
	 * @return the content, or {@code null} if there is none or it is unreadable
	 */
	@Nullable Content read() {
		if (!Files.exists(this.path)) {
			return null;
		}
		try {
			Content content = mapper.readValue(Files.readAllBytes(this.path), Content.class);
			return (content.token() != null && content.members() != null) ? content : null;
		}
		catch (IOException | JacksonException ex) {
			this.log.accept(() -> logger
				.warn("{} is unreadable: workers that an earlier daemon has started are not adopted", this.path, ex));
			return null;
		}
	}

	void write(Content content) {
		Path temporary = this.path.resolveSibling(NAME + ".new");
		try {
			// One that is there has the mode that it has
			Files.deleteIfExists(temporary);
			Files.createFile(temporary, OWNER_ONLY);
			Files.write(temporary, mapper.writeValueAsBytes(content));
			Files.move(temporary, this.path, StandardCopyOption.ATOMIC_MOVE);
			this.failures.over();
		}
		catch (IOException ex) {
			if (this.failures.isFirst("write")) {
				this.log.accept(() -> logger.warn("Cannot write {}: if the daemon is killed, the next one starts its "
						+ "workers again. Trying again; logged once", this.path, ex));
			}
		}
	}

	/**
	 * Return whether what was written last is there: somebody may have deleted it.
	 */
	boolean isWritten() {
		return this.failures.isOver() && Files.exists(this.path);
	}

	void delete() {
		try {
			Files.deleteIfExists(this.path);
		}
		catch (IOException ex) {
			logger.debug("Cannot delete {}", this.path, ex);
		}
	}

	/**
	 * What is left.
	 *
	 * @param token what tells the fleet from others
	 * @param generation the generation that it wants
	 * @param lastGeneration the last number that a refresh got, which may have failed
	 * @param jar the jar that the last refresh asked for, if it asked for one
	 * @param members its processes
	 */
	record Content(String token, int generation, int lastGeneration, @Nullable String jar, List<Member> members) {
	}

	/**
	 * A process.
	 *
	 * @param pid its pid
	 * @param startMillis when it began, in milliseconds since the epoch
	 * @param generation its generation
	 */
	record Member(long pid, long startMillis, int generation) {
	}

}
