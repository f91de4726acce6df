package io.fdwork.internal.fleet;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import io.fdwork.fleet.FleetState;
import io.fdwork.fleet.ScalingRule;
import io.fdwork.fleet.WorkerExit;
import io.fdwork.internal.daemon.DaemonSnapshot;
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

	private final List<FleetMember> members = new ArrayList<>();

	private final Generations generations;

	private final Scaling scaling;

	private final StartBrake brake;

	private final ExitLog exits = new ExitLog();

	private String token = UUID.randomUUID().toString();

	private boolean quiesced;

	/**
	 * Create a keeper that has no members yet.
	 * @param options how many workers there are and how patient it is
	 * @param launcher starts processes
	 * @param rule decides the target
	 * @param file what it leaves for the next daemon
	 * @param news is told of each exit, and what is to be logged
	 */
	FleetKeeper(FleetOptions options, WorkerLauncher launcher, ScalingRule rule, FleetFile file, FleetNews news) {
		this.options = options;
		this.launcher = launcher;
		this.file = file;
		this.news = news;
		this.generations = new Generations(launcher, news);
		this.scaling = new Scaling(options, rule, news);
		this.brake = new StartBrake(options, news);
	}

	/**
	 * Go on with what an earlier daemon has left.
	 * @throws IOException if there is nothing to run
	 */
	void adopt() throws IOException {
		FleetFile.Content left = this.file.read();
		if (left != null) {
			this.token = left.token();
			long now = System.nanoTime();
			for (FleetFile.Member member : left.members()) {
				AdoptedProcess.find(member.pid(), Instant.ofEpochMilli(member.startMillis()))
					.ifPresent((process) -> this.members
						.add(new FleetMember(process, member.generation(), true, now, this.options.startTimeout())));
			}
		}
		this.generations.start(left);
		if (!this.members.isEmpty()) {
			List<Long> pids = pids();
			this.news.log(() -> logger.info("Adopting the workers {} of an earlier daemon", pids));
		}
		this.scaling.start(this.members.size());
	}

	RegisteredWorkers registered(DaemonSnapshot daemon) {
		return new RegisteredWorkers(daemon, this.token);
	}

	/**
	 * Note what has become of the members, and kill those that are late.
	 */
	void observe(RegisteredWorkers registered, long now) {
		noteReady(registered);
		this.members.forEach((member) -> member.checkDeadline(now));
		reap(now);
	}

	private void noteReady(RegisteredWorkers registered) {
		for (FleetMember member : this.members) {
			if (member.phase() == FleetMember.Phase.STARTING && registered.isReady(member)) {
				member.ready();
				this.brake.succeeded();
				if (isWanted(member)) {
					this.launcher.ready(this.generations.wanted().jar());
				}
				this.news.log(() -> logger.info("Worker {} of generation {} is ready", member.process().pid(),
						member.generation()));
			}
		}
	}

	private void reap(long now) {
		boolean changed = false;
		for (Iterator<FleetMember> members = this.members.iterator(); members.hasNext();) {
			FleetMember member = members.next();
			if (member.hasEnded(now)) {
				members.remove();
				ended(member, now);
				changed = true;
			}
		}
		if (changed) {
			save();
		}
	}

	private void ended(FleetMember member, long now) {
		WorkerExit exit = member.exit();
		this.exits.add(exit);
		this.news.exited(exit);
		// Another generation says nothing about those that are started from now on
		if (member.failedToStart() && isWanted(member)) {
			String lastLine = (exit.lastLines().isEmpty()) ? ""
					: ": " + exit.lastLines().get(exit.lastLines().size() - 1);
			failedToStart(exit.describe(), lastLine, now);
		}
	}

	/**
	 * Take the refresh back if one is going on, otherwise wait before the next start.
	 */
	private void failedToStart(String what, String detail, long now) {
		if (this.generations.refreshing() != null) {
			takeBack(what + detail, now);
		}
		else {
			this.brake.failed(what, now);
		}
	}

	private void takeBack(String reason, long now) {
		int failed = this.generations.wanted().number();
		this.generations.takeBack(reason);
		this.members.stream()
			.filter((member) -> member.generation() == failed && member.phase() == FleetMember.Phase.STARTING)
			.forEach((member) -> member.drain(ExitReason.ROLLED_BACK, now + this.options.drainTimeout().toNanos()));
		save();
	}

	/**
	 * Do what brings the fleet nearer to what is wanted.
	 */
	void apply(RegisteredWorkers registered, long now) {
		if (staffing().isRefreshed(this.members)) {
			this.generations.complete();
			save();
		}
		beginNextRefresh();
		if (!this.quiesced && this.brake.stopped() == null && this.generations.refreshing() == null) {
			this.scaling.decide(registered, count(FleetMember.Phase.STARTING), now);
		}
		drainSurplus(registered, now);
		startMissing(now);
	}

	private void beginNextRefresh() {
		if (this.generations.beginNext(this.scaling.target())) {
			this.brake.release();
			save();
		}
	}

	private void drainSurplus(RegisteredWorkers registered, long now) {
		RefreshRequest refresh = this.generations.refreshing();
		Duration patience = (refresh != null) ? refresh.drainTimeout(this.options) : this.options.drainTimeout();
		for (Staffing.Surplus surplus : staffing().surplus(this.members, registered::active)) {
			drain(surplus.member(), surplus.reason(), now + patience.toNanos());
		}
	}

	private void drain(FleetMember member, ExitReason reason, long deadline) {
		this.news.log(() -> logger.info("Draining worker {} of generation {}: {}", member.process().pid(),
				member.generation(), reason));
		member.drain(reason, deadline);
	}

	private void startMissing(long now) {
		if (!this.brake.mayStart(now)) {
			return;
		}
		int missing = staffing().missing(this.members);
		for (int started = 0; started < missing; started++) {
			if (!launch(now)) {
				return;
			}
		}
	}

	private boolean launch(long now) {
		Generation wanted = this.generations.wanted();
		try {
			WorkerProcess process = this.launcher.launch(wanted.jar(), new Membership(this.token, wanted.number()));
			this.members.add(new FleetMember(process, wanted.number(), false, now, this.options.startTimeout()));
			this.news.log(() -> logger.info("Started worker {} of generation {}", process.pid(), wanted.number()));
			save();
			return true;
		}
		catch (IOException ex) {
			this.news.log(() -> logger.error("Cannot start a worker", ex));
			failedToStart("A worker cannot be started: " + ex.getMessage(), "", now);
			return false;
		}
	}

	private Staffing staffing() {
		return new Staffing(this.generations.wanted().number(), this.scaling.target(), this.generations.refreshing(),
				this.options.max());
	}

	private boolean isWanted(FleetMember member) {
		return member.generation() == this.generations.wanted().number();
	}

	/**
	 * Write down what the next daemon has to know.
	 */
	void save() {
		Generation wanted = this.generations.wanted();
		this.file.write(new FleetFile.Content(this.token, wanted.number(), this.generations.lastNumber(),
				(wanted.requestedJar() != null) ? wanted.requestedJar().toString() : null,
				this.members.stream().map(FleetMember::toFile).toList()));
	}

	/**
	 * Begin a refresh, or let it wait for the one that is going on.
	 * @throws IllegalArgumentException if there is nothing to run
	 */
	void refresh(RefreshRequest request) {
		this.generations.request(request);
		beginNextRefresh();
	}

	void quiesce() {
		this.quiesced = true;
	}

	void resume() {
		this.quiesced = false;
		this.brake.release();
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
	boolean retire(long pid, long now) {
		for (FleetMember member : this.members) {
			if (member.process().pid() == pid) {
				drain(member, ExitReason.RETIRED, now + this.options.drainTimeout().toNanos());
				return true;
			}
		}
		return false;
	}

	/**
	 * Drain all members, as the daemon ends.
	 */
	void drainAll(long deadline) {
		this.members.forEach((member) -> member.drain(ExitReason.DAEMON_ENDED, deadline));
	}

	void killAll() {
		this.members.forEach((member) -> member.process().kill());
	}

	boolean isEmpty() {
		return this.members.isEmpty();
	}

	List<Long> pids() {
		return this.members.stream().map((member) -> member.process().pid()).toList();
	}

	FleetSnapshot snapshot(boolean ending) {
		FleetState state = (ending) ? FleetState.ENDING
				: (this.brake.stopped() != null) ? FleetState.STOPPED : (this.quiesced) ? FleetState.QUIESCED
						: (this.generations.hasRefresh()) ? FleetState.REFRESHING : FleetState.RUNNING;
		Generation wanted = this.generations.wanted();
		return new FleetSnapshot(state, this.brake.stopped(), this.scaling.min(), this.scaling.max(),
				this.scaling.target(), wanted.number(), count(FleetMember.Phase.STARTING),
				count(FleetMember.Phase.DRAINING), wanted.jar(), this.generations.lastRefresh(), this.exits.last(),
				this.exits.counts());
	}

	private int count(FleetMember.Phase phase) {
		return FleetMember.count(this.members, phase);
	}

}
