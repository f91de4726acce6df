package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.FleetSnapshot;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says whether the generation that a refresh brings is well, and whether it has been so
 * for long enough. It only decides. Not safe for threads.
 */
final class Bake {

	private static final Logger logger = LoggerFactory.getLogger(Bake.class);

	/**
	 * A JVM is slow at first: what it serves in this time after it was ready does not
	 * count for its service times.
	 */
	static final Duration SETTLE_TIME = Duration.ofSeconds(10);

	private final FleetOptions options;

	private final FleetNews news;

	private final RecentlyServed recently = new RecentlyServed();

	private final HealthWatch health;

	private final ServedSince old = new ServedSince();

	private final ServedSince fresh = new ServedSince();

	private int generation;

	private @Nullable RefreshStage stage;

	private @Nullable Long wellSinceNanos;

	private long lookedNanos;

	Bake(FleetOptions options, WorkerOrders orders, FleetNews news) {
		this.options = options;
		this.health = new HealthWatch(orders);
		this.news = news;
	}

	/**
	 * Return why the generation that is being brought is not well, for people, or empty
	 * if it is or there is none.
	 */
	Optional<String> look(Generations generations, List<FleetMember> members, RegisteredWorkers registered, long now) {
		this.lookedNanos = now;
		follow(generations);
		if (this.stage == null || this.stage == RefreshStage.CANARY) {
			this.recently.note(members, registered, now);
		}
		RefreshRequest refresh = generations.refreshing();
		if (refresh == null) {
			return Optional.empty();
		}
		Optional<String> unwell = unwell(members, registered, now);
		if (unwell.isPresent() || !isTryingOut()) {
			return unwell;
		}
		int before = generations.before().number();
		note(before, members, registered, settleNanos(refresh), now);
		String worse = verdict(generations).worse(this.options.refresh());
		return Optional.ofNullable((worse != null) ? worse
				: this.health.look(members.stream().filter((member) -> member.generation() == before).toList(),
						members.stream().filter(this::isFresh).toList(), registered, now));
	}

	private void follow(Generations generations) {
		int generation = generations.newest().number();
		RefreshStage stage = generations.stage();
		if (generation == this.generation && stage == this.stage) {
			return;
		}
		this.wellSinceNanos = null;
		if (generation != this.generation || stage != RefreshStage.REPLACE) {
			this.old.clear();
			this.fresh.clear();
		}
		this.generation = generation;
		this.stage = stage;
	}

	private boolean isTryingOut() {
		return this.stage == RefreshStage.CANARY || this.stage == RefreshStage.BAKE;
	}

	private Optional<String> unwell(List<FleetMember> members, RegisteredWorkers registered, long now) {
		for (FleetMember member : members) {
			if (!isFresh(member)) {
				continue;
			}
			String name = "Worker " + member.process().pid() + " of generation " + member.generation();
			if (member.isHung() || member.isLost(now, this.options.startTimeout())) {
				return Optional.of(name + " was ready and did not stay so");
			}
			if (isTryingOut() && member.hasBeenReady() && registered.isUnresponsive(member)) {
				return Optional.of(name + " was unresponsive while it was tried out");
			}
		}
		return Optional.empty();
	}

	private boolean isFresh(FleetMember member) {
		return member.generation() == this.generation;
	}

	private static long settleNanos(RefreshRequest refresh) {
		return Math.min(SETTLE_TIME.toNanos(), refresh.bakeTime().toNanos() / 2);
	}

	private void note(int before, List<FleetMember> members, RegisteredWorkers registered, long settleNanos, long now) {
		boolean begun = members.stream().anyMatch((member) -> isFresh(member) && member.hasBeenReady());
		for (FleetMember member : members) {
			Served served = (begun) ? registered.served(member) : null;
			if (served != null && isFresh(member)) {
				boolean settled = member.hasBeenReady() && now - member.firstReadyNanos() >= settleNanos;
				this.fresh.note(member, (member.isAdopted()) ? Served.NOTHING : served, served, settled);
			}
			else if (served != null && member.generation() == before) {
				// Beside a canary it is the same time that counts
				Served from = (this.stage == RefreshStage.CANARY) ? served : this.recently.before(member, served);
				this.old.note(member, from, served, true);
			}
		}
	}

	private Verdict verdict(Generations generations) {
		return new Verdict(generations.before().number(), this.old.total(), this.generation, this.fresh.total());
	}

	/**
	 * Return whether the generation has stayed well for long enough. While its workers
	 * are to get nothing, they cannot show that.
	 * @param target how many workers are wanted
	 * @param quiesced whether no worker gets anything
	 */
	boolean isOver(Generations generations, List<FleetMember> members, int target, boolean quiesced, long now) {
		RefreshRequest refresh = generations.refreshing();
		if (refresh == null || !isTryingOut()) {
			return false;
		}
		if (quiesced || members.stream()
			.anyMatch((member) -> isFresh(member) && member.phase() == FleetMember.Phase.UNAVAILABLE)) {
			this.wellSinceNanos = null;
			return false;
		}
		int wanted = (this.stage == RefreshStage.CANARY) ? refresh.canaries(target) : Math.max(1, target);
		if (this.wellSinceNanos == null
				&& wanted <= members.stream().filter((member) -> isFresh(member) && member.isProved()).count()) {
			this.wellSinceNanos = now;
			int tried = this.generation;
			String how = (this.stage == RefreshStage.CANARY) ? "beside" : "in the place of";
			this.news.log(() -> logger.info("Trying generation {} out for {}, {} generation {}", tried,
					refresh.bakeTime(), how, generations.before().number()));
		}
		Long since = this.wellSinceNanos;
		boolean over = since != null && now - since >= refresh.bakeTime().toNanos();
		if (over) {
			Verdict verdict = verdict(generations);
			this.news.log(() -> logger.info("Generation {} has stayed well for {}. Of {}", verdict.after(),
					refresh.bakeTime(), verdict.describe()));
		}
		return over;
	}

	/**
	 * Return how many workers to start now of a generation that is not wanted yet.
	 * @param target how many workers are wanted of the other one
	 */
	int missingCanaries(Generations generations, List<FleetMember> members, int target) {
		RefreshRequest refresh = generations.refreshing();
		if (refresh == null || generations.stage() != RefreshStage.CANARY) {
			return 0;
		}
		List<FleetMember> canaries = members.stream().filter(generations::isCanary).toList();
		int there = (int) canaries.stream().filter((member) -> member.isWanted() && !member.isReplaced()).count();
		int starting = (int) canaries.stream().filter(FleetMember::isOnTheWay).count();
		return Math.min(refresh.canaries(target) - there, this.options.maxStarting() - starting);
	}

	/**
	 * Return whether the fleet may be looked after as if there were no refresh: there is
	 * none, or all workers are there that are tried out.
	 */
	boolean isSettled(Generations generations) {
		return generations.refreshing() == null || this.wellSinceNanos != null;
	}

	/**
	 * Return what both generations have done, {@code null} if the refresh that is going
	 * on tries nothing out.
	 */
	FleetSnapshot.@Nullable Comparison comparison(Generations generations) {
		RefreshRequest refresh = generations.refreshing();
		return (refresh != null && !refresh.bakeTime().isZero()) ? verdict(generations).figures() : null;
	}

	/**
	 * Return what is being tried out, {@code null} if nothing is.
	 */
	FleetSnapshot.@Nullable Bake snapshot(Generations generations) {
		RefreshRequest refresh = generations.refreshing();
		if (refresh == null || !isTryingOut()) {
			return null;
		}
		Long since = this.wellSinceNanos;
		Duration left = (since != null) ? refresh.bakeTime().minusNanos(this.lookedNanos - since) : null;
		return new FleetSnapshot.Bake(this.generation, this.stage == RefreshStage.CANARY, left,
				verdict(generations).figures());
	}

}
