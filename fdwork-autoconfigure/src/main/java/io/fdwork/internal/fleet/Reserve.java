package io.fdwork.internal.fleet;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members that wait, quiesced and warm, while others prove themselves in their
 * places. Not safe for threads.
 */
final class Reserve {

	private static final Logger logger = LoggerFactory.getLogger(Reserve.class);

	private final WorkerOrders orders;

	private final FleetNews news;

	private Set<FleetMember> waiting = Set.of();

	Reserve(WorkerOrders orders, FleetNews news) {
		this.orders = orders;
		this.news = news;
	}

	/**
	 * Let those wait that are too many in a bake and can come back, and all others that
	 * have waited serve again, but for those that are to end.
	 * @param surplus the members that are too many
	 * @return the others of them
	 */
	List<Staffing.Surplus> hold(Generations generations, List<Staffing.Surplus> surplus) {
		Set<FleetMember> next = new LinkedHashSet<>();
		List<Staffing.Surplus> others = new ArrayList<>();
		for (Staffing.Surplus one : surplus) {
			boolean toWait = isToWait(generations, one.member());
			// One that is to end serves no more
			if (toWait || this.waiting.contains(one.member())) {
				next.add(one.member());
			}
			if (!toWait) {
				others.add(one);
			}
		}
		hold(next);
		return others;
	}

	private static boolean isToWait(Generations generations, FleetMember member) {
		return generations.stage() == RefreshStage.BAKE && member.generation() != generations.wanted().number()
				&& member.phase() == FleetMember.Phase.READY;
	}

	private void hold(Set<FleetMember> next) {
		this.waiting.stream().filter((member) -> !member.isWanted() && member.process().isAlive()).forEach(next::add);
		if (next.equals(this.waiting)) {
			return;
		}
		Set<FleetMember> before = this.waiting;
		this.waiting = next;
		this.orders.hold(next.stream()
			.flatMap((member) -> Stream.ofNullable(member.process().identity()))
			.collect(Collectors.toUnmodifiableSet()));
		next.stream().filter((member) -> !before.contains(member)).forEach((member) -> log(member, "waits"));
		before.stream()
			.filter((member) -> !next.contains(member) && member.hasBeenReady())
			.forEach((member) -> log(member, "serves again"));
	}

	private void log(FleetMember member, String what) {
		this.news
			.log(() -> logger.info("Worker {} of generation {} {}", member.process().pid(), member.generation(), what));
	}

	/**
	 * Return the members that do not wait.
	 */
	List<FleetMember> serving(List<FleetMember> members) {
		return members.stream().filter((member) -> !this.waiting.contains(member)).toList();
	}

	/**
	 * Return the members, those that wait first.
	 */
	List<FleetMember> first(List<FleetMember> members) {
		return members.stream()
			.sorted(Comparator.comparing((FleetMember member) -> !this.waiting.contains(member)))
			.toList();
	}

}
