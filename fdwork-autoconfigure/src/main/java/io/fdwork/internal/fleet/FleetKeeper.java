package io.fdwork.internal.fleet;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Predicate;

import io.fdwork.fleet.ConnectionFates;
import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the members of a fleet, a step at a time: notes what has become of them, and
 * starts and drains what {@link Staffing} says. Each change is in the file before the
 * next one. Has no thread and no lock: used under that of the {@link Fleet}.
 */
final class FleetKeeper {

	private static final Logger logger = LoggerFactory.getLogger(FleetKeeper.class);

	private final FleetOptions options;

	private final WorkerLauncher launcher;

	private final FleetFile file;

	private final FleetNews news;

	private final FleetMembers members = new FleetMembers();

	private final Adoption adoption;

	private final Generations generations;

	private final Scaling scaling;

	private final Care care;

	private final Bake bake;

	private final Reserve reserve;

	private final StartBrake brake;

	private final StartReport startReport;

	private final Background background;

	private final ExitLog exits = new ExitLog();

	private String token = UUID.randomUUID().toString();

	private boolean quiesced;

	private List<FleetMember.Phase> savedPhases = List.of();

	/**
	 * Create a keeper that has no members yet.
	 * @param options how many workers there are and how patient it is
	 * @param launcher starts processes
	 * @param rule decides the target
	 * @param file what it leaves for the next daemon
	 * @param orders tells registered workers what to do
	 * @param news is told of each exit, and what is to be logged
	 */
	FleetKeeper(FleetOptions options, WorkerLauncher launcher, ScalingRule rule, FleetFile file, WorkerOrders orders,
			FleetNews news) {
		this.options = options;
		this.launcher = launcher;
		this.file = file;
		this.news = news;
		this.adoption = new Adoption(options, orders::drain, news);
		this.generations = new Generations(launcher, news);
		this.scaling = new Scaling(options, rule, news);
		this.care = new Care(options.limits(), news);
		this.bake = new Bake(options, orders, news);
		this.reserve = new Reserve(orders, news);
		this.brake = new StartBrake(options, news);
		this.startReport = new StartReport(news);
		this.background = new Background(launcher);
	}

	/**
	 * Go on with what is there already.
	 * @param first a worker, {@code null} for what an earlier daemon has left
	 * @throws IOException if there is nothing to run
	 */
	void adopt(@Nullable FirstWorker first) throws IOException {
		FleetFile.Content left = (first == null) ? this.file.read() : null;
		this.generations.start(left);
		Integer target = null;
		if (first != null) {
			this.token = first.token();
			this.members.add(first.member());
		}
		if (left != null) {
			this.token = left.token();
			this.members.addAll(this.adoption.left(left, System.nanoTime()));
			target = left.target();
		}
		this.scaling
			.start((target != null) ? target : (int) this.members.stream().filter(FleetMember::isWanted).count());
		// No worker has a token that is not in the file
		save();
	}

	RegisteredWorkers registered(DaemonSnapshot daemon) {
		return new RegisteredWorkers(daemon, this.token);
	}

	/**
	 * Note what has become of the members, and kill those that are late.
	 */
	void observe(RegisteredWorkers registered, long now) {
		this.members.addAll(this.adoption.strangers(registered, this.members, now));
		noteReady(registered, now);
		this.care.watch(this.members, registered, now);
		this.adoption.settle(registered, this.members, now);
		this.members.forEach((member) -> member.checkDeadline(now, this.options.drainTimeout()));
		reap(registered, now);
		this.bake.look(this.generations, this.members, registered, now).ifPresent((unwell) -> takeBack(unwell, now));
		this.startReport.note(this.members.count(FleetMember.Phase.READY), this.scaling.target(), now);
		saveIfChanged();
	}

	private void noteReady(RegisteredWorkers registered, long now) {
		for (FleetMember member : this.members) {
			boolean starting = member.phase() == FleetMember.Phase.STARTING;
			member.observe(registered.isReady(member), now);
			if (member.isWanted() && member.hasSettled(now)) {
				this.brake.succeeded(member.firstReadyNanos());
			}
			if (starting && member.hasBeenReady()) {
				if (isWanted(member)) {
					this.background.good();
				}
				this.news.log(() -> logger.info("Worker {} of generation {} is ready", member.process().pid(),
						member.generation()));
			}
		}
	}

	private void reap(RegisteredWorkers registered, long now) {
		boolean changed = false;
		for (Iterator<FleetMember> members = this.members.iterator(); members.hasNext();) {
			FleetMember member = members.next();
			if (member.hasEnded(registered, now)) {
				members.remove();
				ended(member, registered.connections(member), now);
				changed = true;
			}
		}
		if (changed) {
			save();
		}
	}

	private void ended(FleetMember member, ConnectionFates connections, long now) {
		WorkerExit exit = member.exit(connections);
		this.exits.add(exit);
		this.news.exited(exit);
		if (isFailure(member)) {
			failed(member.generation(), exit.describe(), member.sinceNanos(), now);
		}
	}

	private boolean isFailure(FleetMember member) {
		return (this.generations.isCanary(member)) ? member.failedToStart() || member.hasCrashed()
				: staffing().isFailure(member);
	}

	/**
	 * Take the refresh back if one is going on that brings the generation, otherwise wait
	 * before the next start.
	 */
	private void failed(int generation, String what, long startedNanos, long now) {
		if (this.generations.refreshing() != null && generation == this.generations.newest().number()) {
			takeBack(what, now);
		}
		else {
			this.brake.failed(what, startedNanos, now);
		}
	}

	private void takeBack(String reason, long now) {
		int failed = this.generations.newest().number();
		this.generations.takeBack(reason, this.bake.comparison(this.generations));
		this.background.good();
		this.members.stream()
			.filter((member) -> member.generation() == failed && member.phase() == FleetMember.Phase.STARTING)
			.forEach((member) -> member.drain(ExitReason.ROLLED_BACK, now + this.options.drainTimeout().toNanos()));
		save();
	}

	/**
	 * Do what brings the fleet nearer to what is wanted.
	 */
	void apply(RegisteredWorkers registered, long now) {
		if (this.bake.isOver(this.generations, this.members, this.scaling.target(), this.quiesced, now)) {
			this.generations.advance();
			save();
		}
		if (this.generations.stage() == RefreshStage.REPLACE && staffing().isRefreshed(this.members)) {
			this.generations.complete(this.bake.comparison(this.generations));
			save();
		}
		this.adoption.replaceMisplaced(registered, this.members, this.generations, now);
		beginNextRefresh();
		boolean settled = this.bake.isSettled(this.generations);
		if (settled && !this.quiesced && !this.brake.isStopped()) {
			this.scaling.decide(registered, this.members.count(FleetMember.Phase.STARTING), now);
		}
		if (settled && staffing().isComplete(this.members)) {
			this.care.recycle(this.members.stream().filter(this::isWanted).toList(), registered, now);
		}
		drainSurplus(registered, now);
		startMissing(now);
		if (staffing().isComplete(this.members)
				&& this.members.stream().allMatch((member) -> !member.isWanted() || member.hasSettled(now))) {
			this.brake.forget();
		}
		this.background.look(this.generations.refreshing() == null && staffing().isCalm(this.members),
				this.generations.wanted().jar());
		if (this.members.count(FleetMember.Phase.READY) >= this.scaling.target()) {
			this.adoption.drainUnseen(registered);
		}
		saveIfChanged();
	}

	private void beginNextRefresh() {
		if (this.generations.beginNext(this.scaling.target())) {
			this.background.refresh();
			this.brake.forget();
			save();
		}
	}

	private void drainSurplus(RegisteredWorkers registered, long now) {
		RefreshRequest refresh = this.generations.refreshing();
		Duration patience = (refresh != null) ? refresh.drainTimeout(this.options) : this.options.drainTimeout();
		List<FleetMember> regulars = this.reserve.first(this.generations.regulars(this.members));
		this.reserve.hold(this.generations, staffing().surplus(regulars, registered::active))
			.forEach((surplus) -> drain(surplus.member(), surplus.reason(), now + patience.toNanos()));
	}

	private void drain(FleetMember member, ExitReason reason, long deadline) {
		this.news.log(() -> logger.info("Draining worker {} of generation {}: {}", member.process().pid(),
				member.generation(), reason));
		member.drain(reason, deadline);
	}

	private void startMissing(long now) {
		// What has failed is told when its last output is there, and no other is started
		// before
		if (!this.brake.mayStart(now) || this.members.has((member) -> member.isGone() && isFailure(member))) {
			return;
		}
		launch(this.bake.missingCanaries(this.generations, this.members, this.scaling.target()),
				this.generations.newest(), now);
		launch(staffing().missing(this.reserve.serving(this.generations.regulars(this.members))),
				this.generations.wanted(), now);
	}

	private void launch(int missing, Generation generation, long now) {
		int left = missing;
		while (left > 0 && launch(generation, now)) {
			left--;
		}
	}

	private boolean launch(Generation wanted, long now) {
		try {
			WorkerProcess process = this.launcher.launch(wanted.jar(), new Membership(this.token, wanted.number()));
			this.members.add(new FleetMember(process, wanted.number(), false, now, this.options.startTimeout()));
			this.brake.started();
			this.news.log(() -> logger.info("Started worker {} of generation {}", process.pid(), wanted.number()));
			save();
			return true;
		}
		catch (IOException | RuntimeException | Error ex) {
			this.news.log(() -> logger.error("Cannot start a worker", ex));
			failed(wanted.number(), "A worker cannot be started: " + ex.getMessage(), now, now);
			return false;
		}
	}

	private Staffing staffing() {
		return new Staffing(this.generations.wanted().number(), this.scaling.target(),
				(this.generations.stage() == RefreshStage.CANARY) ? null : this.generations.refreshing(),
				this.scaling.max(), this.options.max(), this.options.maxStarting());
	}

	private boolean isWanted(FleetMember member) {
		return member.generation() == this.generations.wanted().number();
	}

	/**
	 * Write down what the next daemon has to know.
	 */
	void save() {
		this.savedPhases = this.members.phases();
		this.file.write(FleetFile.Content.of(this.token, this.generations, this.scaling.target(), this.members));
	}

	private void saveIfChanged() {
		if (!this.members.phases().equals(this.savedPhases)) {
			save();
		}
	}

	/**
	 * Begin a refresh, or let it wait for the one that is going on.
	 * @throws IllegalArgumentException if there is nothing to run
	 */
	void refresh(RefreshRequest request) {
		this.generations.request(request.with(this.options.refresh()));
		this.brake.release();
		beginNextRefresh();
		save();
	}

	void quiesce() {
		this.quiesced = true;
	}

	void resume() {
		this.quiesced = false;
		this.brake.release();
	}

	/**
	 * Start nothing until {@link #resume()} or {@link #refresh(RefreshRequest)}.
	 */
	void stopStarting() {
		this.brake.stop();
	}

	/**
	 * Change the bounds of the target.
	 * @throws IllegalArgumentException if there would be no number between them
	 */
	void scale(@Nullable Integer min, @Nullable Integer max) {
		this.scaling.bounds(min, max);
	}

	/**
	 * Drain a member.
	 * @return whether it is one
	 */
	boolean retire(ProcessIdentity process, long now) {
		Optional<FleetMember> found = this.members.find(process);
		found.ifPresent((member) -> {
			drain(member, ExitReason.RETIRED, now + this.options.drainTimeout().toNanos());
			saveIfChanged();
		});
		return found.isPresent();
	}

	boolean isDraining(ProcessIdentity process) {
		return this.members.find(process).filter((member) -> member.phase() == FleetMember.Phase.DRAINING).isPresent();
	}

	/**
	 * Drain members, as the daemon ends.
	 */
	void drain(Predicate<FleetMember> whom, long deadline) {
		this.members.stream().filter(whom).forEach((member) -> member.drain(ExitReason.DAEMON_ENDED, deadline));
		saveIfChanged();
	}

	FleetMembers members() {
		return this.members;
	}

	FleetSnapshot snapshot(boolean ending) {
		FleetState state = (ending) ? FleetState.ENDING
				: (this.brake.isStopped()) ? FleetState.STOPPED : (this.quiesced) ? FleetState.QUIESCED
						: (this.generations.hasRefresh()) ? FleetState.REFRESHING : FleetState.RUNNING;
		Generation wanted = this.generations.wanted();
		return new FleetSnapshot(state, this.brake.reason(), this.scaling.min(), this.scaling.max(),
				this.scaling.target(), wanted.number(), this.members.count(FleetMember.Phase.STARTING),
				this.members.count(FleetMember.Phase.DRAINING), wanted.jar(), this.generations.lastRefresh(),
				this.bake.snapshot(this.generations), this.exits.last(), this.exits.counts());
	}

}
