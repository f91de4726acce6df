package io.fdwork.internal.fleet;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

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

	private final FleetNews news;

	private Generation wanted = new Generation(1, null, null);

	private int lastNumber = 1;

	private @Nullable Running running;

	private @Nullable RefreshRequest next;

	private FleetSnapshot.@Nullable Refresh lastRefresh;

	Generations(WorkerLauncher launcher, FleetNews news) {
		this.launcher = launcher;
		this.news = news;
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
			Generation next = new Generation(number, jar, (runnable != null) ? runnable : this.launcher.resolve(jar));
			// Of a version that tries nothing out
			RefreshStage stage = (refresh.stage() != null) ? refresh.stage() : RefreshStage.REPLACE;
			this.running = new Running(before, next, refresh.request().toRequest(), stage);
			this.news.log(() -> logger
				.info("Going on with the refresh to generation {} that an earlier daemon has begun", number));
			return (stage == RefreshStage.CANARY) ? before : next;
		}
		catch (IOException ex) {
			failed(number, "There is nothing to run: " + ex.getMessage(), null);
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
			this.news.log(() -> logger.debug("{} is gone", jar, ex));
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
				text(running.next().jar()), FleetFile.Request.of(running.request()), running.stage());
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
			this.news.log(() -> logger
				.warn("The jar of the last refresh is gone, new workers run what is configured: {}", ex.toString()));
			return new Generation(number, null, this.launcher.resolve(null));
		}
	}

	Generation wanted() {
		return this.wanted;
	}

	/**
	 * Return the generation that the refresh brings which is going on, or the one that is
	 * wanted if there is none.
	 */
	Generation newest() {
		return (this.running != null) ? this.running.next() : this.wanted;
	}

	/**
	 * Return the generation that is wanted again if the refresh fails which is going on,
	 * or the one that is wanted if there is none.
	 */
	Generation before() {
		return (this.running != null) ? this.running.before() : this.wanted;
	}

	/**
	 * Return how far the refresh has come that is going on, or {@code null} if there is
	 * none.
	 */
	@Nullable RefreshStage stage() {
		return (this.running != null) ? this.running.stage() : null;
	}

	/**
	 * Return whether a member belongs to a generation that is not wanted yet.
	 */
	boolean isCanary(FleetMember member) {
		return stage() == RefreshStage.CANARY && member.generation() == newest().number();
	}

	/**
	 * Return the members of which there are to be as many as the target says.
	 */
	List<FleetMember> regulars(List<FleetMember> members) {
		return members.stream().filter((member) -> !isCanary(member)).toList();
	}

	/**
	 * Go on with the refresh, as the new generation has stayed well for long enough.
	 */
	void advance() {
		Running running = this.running;
		if (running != null) {
			this.wanted = running.next();
			this.running = new Running(running.before(), running.next(), running.request(),
					(running.stage() == RefreshStage.CANARY) ? RefreshStage.BAKE : RefreshStage.REPLACE);
		}
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
			Generation next = new Generation(this.lastNumber, jar, this.launcher.resolve(jar));
			RefreshStage stage = (request.bakeTime().isZero()) ? RefreshStage.REPLACE
					: (request.canaries(target) > 0) ? RefreshStage.CANARY : RefreshStage.BAKE;
			this.wanted = (stage == RefreshStage.CANARY) ? before : next;
			this.running = new Running(before, next, request, stage);
			this.news.log(() -> logger.info("Refreshing to generation {}{}, {} workers at a time", next.number(),
					(next.jar() != null) ? " of " + next.jar() : "", request.batch().of(target)));
			return true;
		}
		catch (IOException ex) {
			over(new FleetSnapshot.Refresh(this.lastNumber, false, "There is nothing to run: " + ex.getMessage(),
					Instant.now(), null));
			this.news.log(() -> logger.error("Cannot refresh: there is nothing to run: {}", ex.toString()));
			return false;
		}
	}

	private @Nullable Path requestedJar(RefreshRequest request) {
		return (request.jar() != null) ? request.jar() : this.wanted.requestedJar();
	}

	/**
	 * End the refresh that is going on: its workers are there.
	 * @param comparison what both generations had done, if it was tried out
	 */
	void complete(FleetSnapshot.@Nullable Comparison comparison) {
		this.running = null;
		over(new FleetSnapshot.Refresh(this.wanted.number(), true, null, Instant.now(), comparison));
		int completed = this.wanted.number();
		this.news.log(() -> logger.info("Generation {} is complete", completed));
	}

	/**
	 * End the refresh that is going on: the generation before is wanted again.
	 * @param reason why, for people
	 * @param comparison what both generations had done, if it was tried out
	 */
	void takeBack(String reason, FleetSnapshot.@Nullable Comparison comparison) {
		Running failed = this.running;
		if (failed == null) {
			return;
		}
		failed(failed.next().number(), reason, comparison);
		this.wanted = failed.before();
		this.running = null;
	}

	private void failed(int number, String reason, FleetSnapshot.@Nullable Comparison comparison) {
		this.news.log(() -> logger.error("Generation {} is taken back: {}", number, reason));
		over(new FleetSnapshot.Refresh(number, false, reason, Instant.now(), comparison));
	}

	private void over(FleetSnapshot.Refresh refresh) {
		this.lastRefresh = refresh;
		this.news.refreshed(refresh);
	}

	/**
	 * A refresh that is going on.
	 *
	 * @param before the generation that is wanted again if it fails
	 * @param next the one that it brings
	 * @param request what was asked for
	 * @param stage how far it has come
	 */
	private record Running(Generation before, Generation next, RefreshRequest request, RefreshStage stage) {
	}

}
