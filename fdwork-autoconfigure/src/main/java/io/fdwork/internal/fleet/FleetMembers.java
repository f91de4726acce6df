package io.fdwork.internal.fleet;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import io.fdwork.internal.process.ProcessIdentity;

/**
 * The members of a fleet, in the order in which they came, and what is asked of all of
 * them. Used under the lock of the fleet.
 */
final class FleetMembers extends AbstractList<FleetMember> {

	private final List<FleetMember> members = new ArrayList<>();

	@Override
	public FleetMember get(int index) {
		return this.members.get(index);
	}

	@Override
	public int size() {
		return this.members.size();
	}

	@Override
	public void add(int index, FleetMember member) {
		this.members.add(index, member);
	}

	@Override
	public FleetMember remove(int index) {
		return this.members.remove(index);
	}

	boolean has(Predicate<FleetMember> whom) {
		return stream().anyMatch(whom);
	}

	Optional<FleetMember> find(ProcessIdentity process) {
		return stream().filter((member) -> member.isOf(process)).findFirst();
	}

	int count(FleetMember.Phase phase) {
		return (int) stream().filter((member) -> member.phase() == phase).count();
	}

	List<FleetMember.Phase> phases() {
		return stream().map(FleetMember::phase).toList();
	}

	List<Long> pids() {
		return stream().map((member) -> member.process().pid()).toList();
	}

	void kill(Predicate<FleetMember> whom) {
		stream().filter(whom).forEach((member) -> member.process().kill());
	}

}
