package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

import io.fdwork.fleet.ExitReason;
import io.fdwork.fleet.FleetOptions;
import io.fdwork.internal.daemon.DaemonSnapshot;
import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.Membership;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes members of workers that this daemon has not started: those that an earlier one
 * has left, and whoever presents the token of the fleet. Not safe for threads.
 */
final class Adoption {

	private static final Logger logger = LoggerFactory.getLogger(Adoption.class);

	/**
	 * How long workers of no fleet may take to register again.
	 */
	private static final Duration MISSED_PATIENCE = Duration.ofSeconds(2);

	private final FleetOptions options;

	private final LongConsumer drain;

	private final FleetNews news;

	private final Set<Long> drained = new HashSet<>();

	private boolean replaced;

	private @Nullable Long missedSinceNanos;

	/**
	 * Create an adoption.
	 * @param drain tells the worker with an id to finish what it has in hand and to exit
	 * @param news is told what is to be logged
	 */
	Adoption(FleetOptions options, LongConsumer drain, FleetNews news) {
		this.options = options;
		this.drain = drain;
		this.news = news;
	}

	/**
	 * Return the members that are left of an earlier daemon.
	 */
	List<FleetMember> left(FleetFile.Content left, long now) {
		List<FleetMember> members = new ArrayList<>();
		List<Long> unknown = new ArrayList<>();
		for (FleetFile.Member member : left.members()) {
			left.identity(member)
				.flatMap(AdoptedProcess::find)
				.ifPresentOrElse(
						(process) -> members.add(FleetMember.left(process, member, now, this.options.startTimeout())),
						() -> unknown.add(member.pid()));
		}
		if (!members.isEmpty()) {
			List<Long> pids = pids(members);
			this.news.log(() -> logger.info("Adopting the workers {} of an earlier daemon", pids));
		}
		if (!unknown.isEmpty()) {
			this.news.log(() -> logger.info(
					"The workers {} of an earlier daemon have ended, or cannot be identified: "
							+ "nothing is done to what has their pids now. Those that register are adopted then",
					unknown));
		}
		return members;
	}

	private static List<Long> pids(List<FleetMember> members) {
		return members.stream().map((member) -> member.process().pid()).toList();
	}

	/**
	 * Return the members to be: those that present the token, and are in no books.
	 * @param members those that are in the books
	 */
	List<FleetMember> strangers(RegisteredWorkers registered, List<FleetMember> members, long now) {
		Map<ProcessIdentity, Membership> strangers = new LinkedHashMap<>();
		registered.ours().forEach((worker) -> note(worker.process(), worker.membership(), strangers));
		registered.refused().forEach((refused) -> note(refused.process(), refused.membership(), strangers));
		// Also one whose identity is not known yet. One that has ended and whose
		// pid another has now is in the books for this step only
		members.forEach((member) -> strangers.keySet().removeIf((process) -> process.pid() == member.process().pid()));
		return strangers.entrySet()
			.stream()
			.flatMap((stranger) -> adopt(stranger.getKey(), stranger.getValue().generation(), now).stream())
			.toList();
	}

	private static void note(@Nullable ProcessIdentity process, @Nullable Membership membership,
			Map<ProcessIdentity, Membership> strangers) {
		if (process != null && membership != null) {
			strangers.put(process, membership);
		}
	}

	private Optional<FleetMember> adopt(ProcessIdentity process, int generation, long now) {
		// Empty for one that has just ended and whose connection has not yet
		Optional<WorkerProcess> found = AdoptedProcess.find(process);
		found.ifPresent((stranger) -> this.news.log(() -> logger.info(
				"Adopting worker {} of generation {}: it presents "
						+ "the token of this fleet, and is in no books of an earlier daemon",
				stranger.pid(), generation)));
		return found.map((stranger) -> new FleetMember(stranger, generation, true, now, this.options.startTimeout()));
	}

	/**
	 * Let those of another daemon go that will never be ready with this one: others take
	 * their places at once.
	 */
	void settle(RegisteredWorkers registered, List<FleetMember> members, long now) {
		long deadline = now + this.options.drainTimeout().toNanos();
		for (FleetMember member : members) {
			if (!member.isAdopted() || member.phase() != FleetMember.Phase.STARTING) {
				continue;
			}
			if (registered.isLeaving(member)) {
				this.news.log(() -> logger.info("Worker {} has been told to end, and not by this daemon",
						member.process().pid()));
				member.leave(deadline);
			}
			else if (registered.isRefusing(member)) {
				member.comeBack(now);
			}
			else if (registered.isRefused(member)) {
				this.news.log(() -> logger.info("Draining worker {} of generation {}: {}", member.process().pid(),
						member.generation(), ExitReason.REFUSED));
				member.drain(ExitReason.REFUSED, deadline);
			}
		}
	}

	/**
	 * Ask for a refresh when those that were adopted get from other queues than those on
	 * which this daemon puts. Only once, as others may know no more than they do.
	 */
	void replaceMisplaced(RegisteredWorkers registered, List<FleetMember> members, Generations generations, long now) {
		boolean settled = !generations.hasRefresh() && members.stream().anyMatch(FleetMember::isAdopted)
				&& members.stream().noneMatch((member) -> member.phase() == FleetMember.Phase.STARTING);
		Set<String> missed = (settled && !this.replaced) ? registered.missed() : Set.of();
		Long since = this.missedSinceNanos;
		if (missed.isEmpty() || since == null) {
			this.missedSinceNanos = (missed.isEmpty()) ? null : now;
		}
		else if (now - since >= MISSED_PATIENCE.toNanos()) {
			this.replaced = true;
			this.news.log(() -> logger.info("The workers of an earlier daemon do not get from the queues {}, on which "
					+ "listeners put now: others take their places", missed));
			// Those that are there get nothing, so there is nothing to compare with
			generations.request(new RefreshRequest(RefreshRequest.Batch.ONE, null, null, Duration.ZERO, 0));
		}
	}

	/**
	 * Drain those that present the token, and whose process this daemon does not see: it
	 * could neither watch nor kill them.
	 */
	void drainUnseen(RegisteredWorkers registered) {
		Set<Long> unseen = new HashSet<>();
		registered.ours().filter((worker) -> worker.process() == null).forEach((worker) -> {
			unseen.add(worker.id());
			if (isServing(worker) && this.drained.add(worker.id())) {
				this.news.log(
						() -> logger.warn(
								"Draining worker {}: it presents the token of this fleet, and its "
										+ "process is in a pid namespace that this daemon does not see",
								worker.name()));
				this.drain.accept(worker.id());
			}
		});
		this.drained.retainAll(unseen);
	}

	private static boolean isServing(DaemonSnapshot.WorkerSnapshot worker) {
		return worker.state() == WorkerState.READY || worker.state() == WorkerState.QUIESCED;
	}

}
