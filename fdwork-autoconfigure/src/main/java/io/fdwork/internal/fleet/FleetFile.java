package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

import io.fdwork.fleet.ExitReason;
import io.fdwork.internal.failure.Failures;
import io.fdwork.internal.process.BootClock;
import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
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

	// What another version has written is read as far as it is understood
	private static final JsonMapper mapper = JsonMapper.builder()
		.disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
		.enable(EnumFeature.READ_UNKNOWN_ENUM_VALUES_AS_NULL)
		.build();

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
			return (isWhole(content)) ? content : null;
		}
		catch (IOException | JacksonException ex) {
			this.log.accept(() -> logger
				.warn("{} is unreadable: workers that an earlier daemon has started are not adopted", this.path, ex));
			return null;
		}
	}

	private static boolean isWhole(@Nullable Content content) {
		return content != null && content.token() != null && content.members() != null
				&& content.members().stream().allMatch(Objects::nonNull)
				&& (content.refresh() == null || isWhole(content.refresh().request()))
				&& (content.next() == null || isWhole(content.next()));
	}

	private static boolean isWhole(@Nullable Request request) {
		return request != null && request.batch() != null;
	}

	boolean exists() {
		return Files.exists(this.path);
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
	 * What is left. What an earlier version has left lacks some of it.
	 *
	 * @param token what tells the fleet from others
	 * @param boot the boot of the machine in which it was left
	 * @param generation the generation that it wants, or tries out
	 * @param lastGeneration the last number that a refresh got, which may have failed
	 * @param jar the jar that the last refresh asked for, if it asked for one
	 * @param target how many workers it wants
	 * @param members its processes
	 * @param refresh the refresh that is going on, if one is
	 * @param next the refresh that waits, if one does
	 */
	record Content(String token, @Nullable String boot, int generation, int lastGeneration, @Nullable String jar,
			@Nullable Integer target, List<Member> members, @Nullable Refresh refresh, @Nullable Request next) {

		static Content of(String token, Generations generations, int target, List<FleetMember> members) {
			Generation newest = generations.newest();
			return new Content(token, BootClock.boot(), newest.number(), generations.lastNumber(),
					(newest.requestedJar() != null) ? newest.requestedJar().toString() : null, target,
					members.stream().map(FleetMember::toFile).flatMap(Stream::ofNullable).toList(),
					generations.running(), generations.waiting());
		}

		/**
		 * Return who a member is, or empty if that was in another boot.
		 */
		Optional<ProcessIdentity> identity(Member member) {
			String boot = boot();
			return (boot != null && boot.equals(BootClock.boot()))
					? Optional.of(new ProcessIdentity(member.pid(), member.startTicks(), boot)) : Optional.empty();
		}

	}

	/**
	 * A process. No time of it is that of a clock that can be set.
	 *
	 * @param pid its pid
	 * @param startTicks when it began, in clock ticks since the boot
	 * @param generation its generation
	 * @param phase where it is in its life
	 * @param reason why it will have ended, if it ends in this phase
	 * @param deadlineMillis when it is killed if it drains, in milliseconds since the
	 * boot
	 */
	record Member(long pid, long startTicks, int generation, FleetMember.@Nullable Phase phase,
			@Nullable ExitReason reason, long deadlineMillis) {
	}

	/**
	 * A refresh that is going on.
	 *
	 * @param before the generation that is wanted again if it fails
	 * @param requestedJarBefore the jar that was asked for in that generation, if one was
	 * @param runsBefore the file that it runs, if it is a jar
	 * @param runs the file that the new generation runs, if it is a jar
	 * @param request what was asked for
	 * @param stage how far it has come
	 */
	record Refresh(int before, @Nullable String requestedJarBefore, @Nullable String runsBefore, @Nullable String runs,
			Request request, @Nullable RefreshStage stage) {
	}

	/**
	 * What a refresh was asked for.
	 *
	 * @param batch how many workers are replaced at a time
	 * @param drainTimeoutMillis how long an old worker may drain, if that was said
	 * @param jar the jar to run, if one was named
	 * @param bakeMillis for how long the new generation must stay well
	 * @param canary how many workers of it must do so beside the old ones first
	 */
	record Request(RefreshRequest.Batch batch, @Nullable Long drainTimeoutMillis, @Nullable String jar,
			@Nullable Long bakeMillis, @Nullable Integer canary) {

		static Request of(RefreshRequest request) {
			Duration drainTimeout = request.drainTimeout();
			return new Request(request.batch(), (drainTimeout != null) ? drainTimeout.toMillis() : null,
					(request.jar() != null) ? request.jar().toString() : null, request.bakeTime().toMillis(),
					request.canary());
		}

		RefreshRequest toRequest() {
			return new RefreshRequest(this.batch,
					(this.drainTimeoutMillis != null) ? Duration.ofMillis(this.drainTimeoutMillis) : null,
					(this.jar != null) ? Path.of(this.jar) : null,
					(this.bakeMillis != null) ? Duration.ofMillis(this.bakeMillis) : Duration.ZERO,
					(this.canary != null) ? this.canary : 0);
		}

	}

}
