package io.fdwork.internal.fleet;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.ToIntFunction;

import io.fdwork.fleet.ExitReason;
import org.jspecify.annotations.Nullable;

/**
 * Decides which members are too many and how many are missing. It only decides: the same
 * members give the same answer.
 *
 * @param generation the generation that is wanted
 * @param target how many workers of it are wanted; a refresh starts one at least, to see
 * whether it does
 * @param refresh the refresh that brings the generation, {@code null} if none is going on
 * @param max how many workers there may be at this moment
 * @param usualMax how many workers there are at most, as configured
 * @param maxStarting how many may start at the same time, unless a refresh says
 */
record Staffing(int generation, int target, @Nullable RefreshRequest refresh, int max, int usualMax, int maxStarting) {

	Staffing {
		target = (refresh != null) ? Math.max(1, target) : target;
	}

	/**
	 * Return whether the refresh has nothing left to do.
	 */
	boolean isRefreshed(List<FleetMember> members) {
		return this.refresh != null && members.stream().allMatch(this::isOwn)
				&& members.stream().filter(FleetMember::isProved).count() >= this.target;
	}

	/**
	 * Return whether nothing starts, and nothing is about to.
	 */
	boolean isCalm(List<FleetMember> members) {
		return this.refresh == null && isComplete(members) && members.stream().noneMatch(FleetMember::isOnTheWay);
	}

	/**
	 * Return whether nobody is missing.
	 */
	boolean isComplete(List<FleetMember> members) {
		return own(members).size() >= this.target;
	}

	/**
	 * Return whom to drain: others first, and of the wanted generation only when there
	 * are no others.
	 * @param active tells how many works a member has in hand
	 */
	List<Surplus> surplus(List<FleetMember> members, ToIntFunction<FleetMember> active) {
		List<FleetMember> others = members.stream().filter((member) -> member.isWanted() && !isOwn(member)).toList();
		return (others.isEmpty()) ? surplusOfOwn(members, active) : surplusOfOthers(members, others);
	}

	private List<Surplus> surplusOfOthers(List<FleetMember> members, List<FleetMember> others) {
		ExitReason reason = (this.refresh != null) ? ExitReason.REFRESHED : ExitReason.ROLLED_BACK;
		List<Surplus> surplus = new ArrayList<>();
		others.stream()
			.filter((member) -> member.phase() == FleetMember.Phase.STARTING && !member.isAdopted())
			.forEach((member) -> surplus.add(new Surplus(member, reason)));
		// Others, and those that are to be replaced, go only as far as there are own ones
		// that have
		// proved themselves, and first those that do not serve
		List<FleetMember> ready = others.stream()
			.filter(FleetMember::hasBeenReady)
			.sorted(Comparator.comparing(FleetMember::isProved))
			.toList();
		int proved = (int) own(members).stream().filter(FleetMember::isProved).count();
		int kept = Math.max(0, this.target - proved);
		ready.stream()
			.limit(Math.max(0, ready.size() - kept))
			.forEach((member) -> surplus.add(new Surplus(member, reason(member, reason))));
		return surplus;
	}

	private ExitReason reason(FleetMember member, ExitReason ofOther) {
		ExitReason replacedFor = member.replacedFor();
		return (replacedFor != null && member.generation() == this.generation) ? replacedFor : ofOther;
	}

	private List<Surplus> surplusOfOwn(List<FleetMember> members, ToIntFunction<FleetMember> active) {
		List<FleetMember> own = own(members);
		return own.stream()
			.sorted(Comparator.comparing(FleetMember::phase)
				.thenComparing(FleetMember::isProved)
				.thenComparingInt(active))
			.limit(Math.max(0, own.size() - this.target))
			.map((member) -> new Surplus(member, ExitReason.SCALED_DOWN))
			.toList();
	}

	/**
	 * Return whether the end of a member says something about those that are started from
	 * now on.
	 */
	boolean isFailure(FleetMember member) {
		return isOwn(member) && (member.failedToStart() || (this.refresh != null && member.hasCrashed()));
	}

	/**
	 * Return how many workers of the wanted generation to start now.
	 */
	int missing(List<FleetMember> members) {
		List<FleetMember> own = own(members);
		int processes = (int) members.stream().filter((member) -> !member.isGone()).count();
		int missing = Math.min(this.target - own.size(),
				(this.refresh != null) ? startable(this.refresh, own) : this.maxStarting - onTheWay(own));
		return Math.max(0, Math.min(missing, Math.max(1, bound()) - processes));
	}

	/**
	 * Return how many processes there may be.
	 */
	private int bound() {
		if (this.refresh == null) {
			// As many may be draining as there may have been, after a change of the
			// bounds
			return this.target + Math.max(this.usualMax, this.target);
		}
		int surging = Math.max(this.max, this.target) + this.refresh.batch().of(this.target);
		// One that waits is not among the members here
		return (this.refresh.bakeTime().isZero()) ? surging : Math.max(surging, 2 * this.target);
	}

	/**
	 * Return how many workers may start in a refresh: a batch, while another one proves
	 * itself.
	 */
	private int startable(RefreshRequest refresh, List<FleetMember> own) {
		int batch = refresh.batch().of(this.target);
		int unready = (int) own.stream().filter((member) -> member.phase() != FleetMember.Phase.READY).count();
		int unproved = (int) own.stream().filter((member) -> !member.isProved()).count();
		return Math.min(batch - unready, 2 * batch - unproved);
	}

	private static int onTheWay(List<FleetMember> own) {
		return (int) own.stream().filter(FleetMember::isOnTheWay).count();
	}

	private List<FleetMember> own(List<FleetMember> members) {
		return members.stream().filter((member) -> member.isWanted() && isOwn(member)).toList();
	}

	private boolean isOwn(FleetMember member) {
		return member.generation() == this.generation && !member.isReplaced();
	}

	/**
	 * A member that is too many.
	 *
	 * @param member the member
	 * @param reason why
	 */
	record Surplus(FleetMember member, ExitReason reason) {
	}

}
