package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;

import io.fdwork.fleet.FleetSnapshot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The generation that is wanted, and the refresh that brings it: asked for, begun, and
 * completed or taken back. Not safe for threads.
 */
final class Generations {

	private static final Logger logger = LoggerFactory.getLogger(Generations.class);

	private final WorkerLauncher launcher;

	private Generation wanted = new Generation(1, null, null);

	private int lastNumber = 1;

	private @Nullable Running running;

	private @Nullable RefreshRequest next;

	private FleetSnapshot.@Nullable Refresh lastRefresh;

	Generations(WorkerLauncher launcher) {
		this.launcher = launcher;
	}

	/**
	 * Begin with the first generation, or with the one that an earlier daemon wanted, and
	 * go on with its refresh.
	 * @throws IOException if there is nothing to run
	 */
	void start(FleetFile.@Nullable Content left) throws IOException {
		if (left == null) {
			this.wanted = resolve(1, null);
			return;
		}
		int number = Math.max(1, left.generation());
		this.lastNumber = Math.max(number, left.lastGeneration());
		this.next = (left.next() != null) ? left.next().toRequest() : null;
		this.wanted = (left.refresh() != null) ? goOn(left.refresh(), number, path(left.jar()))
				: resolve(number, path(left.jar()));
	}

	private Generation goOn(FleetFile.Refresh refresh, int number, @Nullable Path jar) throws IOException {
		Path jarBefore = path(refresh.requestedJarBefore());
		Generation before = new Generation(refresh.before(), jarBefore, runnable(refresh.runsBefore()));
		if (before.jar() == null) {
			before = resolve(refresh.before(), jarBefore);
		}
		try {
			Path runnable = runnable(refresh.runs());
			Generation wanted = new Generation(number, jar, (runnable != null) ? runnable : this.launcher.resolve(jar));
			this.running = new Running(before, refresh.request().toRequest());
			logger.info("Going on with the refresh to generation {} that an earlier daemon has begun", number);
			return wanted;
		}
		catch (IOException ex) {
			failed(number, "There is nothing to run: " + ex.getMessage());
			return before;
		}
	}

	/**
	 * Return what a generation has run, if it is still there: a symbolic link may have
	 * been switched meanwhile.
	 */
	private @Nullable Path runnable(@Nullable String jar) {
		try {
			return (jar != null) ? this.launcher.resolve(Path.of(jar)) : null;
		}
		catch (IOException ex) {
			logger.debug("{} is gone", jar, ex);
			return null;
		}
	}

	private static @Nullable Path path(@Nullable String path) {
		return (path != null) ? Path.of(path) : null;
	}

	/**
	 * Return what the next daemon has to know of the refresh that is going on.
	 */
	FleetFile.@Nullable Refresh running() {
		Running running = this.running;
		if (running == null) {
			return null;
		}
		Generation before = running.before();
		return new FleetFile.Refresh(before.number(), text(before.requestedJar()), text(before.jar()),
				text(this.wanted.jar()), FleetFile.Request.of(running.request()));
	}

	/**
	 * Return what the next daemon has to know of the refresh that waits.
	 */
	FleetFile.@Nullable Request waiting() {
		return (this.next != null) ? FleetFile.Request.of(this.next) : null;
	}

	private static @Nullable String text(@Nullable Path path) {
		return (path != null) ? path.toString() : null;
	}

	private Generation resolve(int number, @Nullable Path jar) throws IOException {
		try {
			return new Generation(number, jar, this.launcher.resolve(jar));
		}
		catch (IOException ex) {
			if (jar == null) {
				throw ex;
			}
			logger.warn("The jar of the last refresh is gone, new workers run what is configured: {}", ex.toString());
			return new Generation(number, null, this.launcher.resolve(null));
		}
	}

	Generation wanted() {
		return this.wanted;
	}

	/**
	 * Return the number that the last refresh got, which may have failed.
	 */
	int lastNumber() {
		return this.lastNumber;
	}

	/**
	 * Return how the refresh that is going on was asked for, or {@code null} if there is
	 * none.
	 */
	@Nullable RefreshRequest refreshing() {
		return (this.running != null) ? this.running.request() : null;
	}

	/**
	 * Return whether a refresh is going on or waits.
	 */
	boolean hasRefresh() {
		return this.running != null || this.next != null;
	}

	FleetSnapshot.@Nullable Refresh lastRefresh() {
		return this.lastRefresh;
	}

	/**
	 * Ask for a refresh. Of several that wait, the last counts.
	 * @throws IllegalArgumentException if there is nothing to run
	 */
	void request(RefreshRequest request) {
		try {
			this.launcher.resolve(requestedJar(request));
		}
		catch (IOException ex) {
			throw new IllegalArgumentException("jar is the path of a file, there is none: " + ex.getMessage(), ex);
		}
		this.next = request;
	}

	/**
	 * Begin the refresh that waits, if there is one and none is going on.
	 * @param target how many workers are wanted
	 * @return whether one has begun
	 */
	boolean beginNext(int target) {
		RefreshRequest request = this.next;
		if (this.running != null || request == null) {
			return false;
		}
		this.next = null;
		try {
			Path jar = requestedJar(request);
			Generation before = this.wanted;
			this.lastNumber++;
			this.wanted = new Generation(this.lastNumber, jar, this.launcher.resolve(jar));
			this.running = new Running(before, request);
			logger.info("Refreshing to generation {}{}, {} workers at a time", this.wanted.number(),
					(this.wanted.jar() != null) ? " of " + this.wanted.jar() : "", request.batch().of(target));
			return true;
		}
		catch (IOException ex) {
			this.lastRefresh = new FleetSnapshot.Refresh(this.lastNumber, false,
					"There is nothing to run: " + ex.getMessage(), Instant.now());
			logger.error("Cannot refresh: there is nothing to run: {}", ex.toString());
			return false;
		}
	}

	private @Nullable Path requestedJar(RefreshRequest request) {
		return (request.jar() != null) ? request.jar() : this.wanted.requestedJar();
	}

	/**
	 * End the refresh that is going on: its workers are there.
	 */
	void complete() {
		this.running = null;
		this.lastRefresh = new FleetSnapshot.Refresh(this.wanted.number(), true, null, Instant.now());
		logger.info("Generation {} is complete", this.wanted.number());
	}

	/**
	 * End the refresh that is going on: the generation before is wanted again.
	 * @param reason why, for people
	 */
	void takeBack(String reason) {
		Running failed = this.running;
		if (failed == null) {
			return;
		}
		failed(this.wanted.number(), reason);
		this.wanted = failed.before();
		this.running = null;
	}

	private void failed(int number, String reason) {
		logger.error("Generation {} is taken back: {}", number, reason);
		this.lastRefresh = new FleetSnapshot.Refresh(number, false, reason, Instant.now());
	}

	/**
	 * A refresh that is going on.
	 *
	 * @param before the generation that is wanted again if it fails
	 * @param request what was asked for
	 */
	private record Running(Generation before, RefreshRequest request) {
	}

}
