package io.fdwork.internal.fleet;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.fdwork.fleet.ExitReason;
import io.fdwork.internal.fleet.AbstractFleetTests.FakeProcess;
import io.fdwork.internal.fleet.Staffing.Surplus;
import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Staffing}.
 */
class StaffingTests {

	private static final int OLD = 1;

	private static final int WANTED = 2;

	private static final int MAX_STARTING = 3;

	private final List<FleetMember> members = new ArrayList<>();

	@Test
	void shouldMissWhatIsNotThereOfTheWantedGeneration() {
		ready(WANTED);
		starting(WANTED);
		assertThat(staffing(4, null).missing(this.members)).isEqualTo(2);
		assertThat(staffing(2, null).missing(this.members)).isZero();
		assertThat(staffing(1, null).missing(this.members)).isZero();
	}

	@Test
	void shouldMissNoMoreThanMayStartAtATime() {
		assertThat(staffing(4, null).missing(this.members)).isEqualTo(3);
		FleetMember first = starting(WANTED);
		starting(WANTED);
		starting(WANTED);
		assertThat(staffing(4, null).missing(this.members)).isZero();
		first.observe(true, 0);
		assertThat(staffing(4, null).missing(this.members)).as("it need not have proved itself").isEqualTo(1);
	}

	@Test
	void shouldNotTakeForStartingWhatMayServeAlready() {
		for (int i = 0; i < MAX_STARTING; i++) {
			member(WANTED, true);
		}
		assertThat(staffing(4, null).missing(this.members)).isEqualTo(1);
	}

	@Test
	void shouldBeCalmWhenNobodyIsMissingOrStarts() {
		ready(WANTED);
		assertThat(staffing(2, null).isCalm(this.members)).as("one is missing").isFalse();
		FleetMember second = starting(WANTED);
		assertThat(staffing(2, null).isCalm(this.members)).as("one starts").isFalse();
		second.observe(true, 0);
		assertThat(staffing(2, null).isCalm(this.members)).isTrue();
		assertThat(staffing(2, "1").isCalm(this.members)).as("a refresh goes on").isFalse();
	}

	@Test
	void shouldMissOneBatchAtATimeWhenRefreshing() {
		// Fewer than there may be besides a batch, so that only the batch holds back
		ready(OLD);
		ready(OLD);
		Staffing staffing = staffing(4, "50%");
		assertThat(staffing.missing(this.members)).isEqualTo(2);
		starting(WANTED);
		assertThat(staffing.missing(this.members)).isEqualTo(1);
		starting(WANTED);
		assertThat(staffing.missing(this.members)).isZero();
	}

	@Test
	void shouldMissNothingWhileBatchIsDraining() {
		ready(OLD);
		ready(WANTED);
		FleetMember draining = draining(OLD);
		assertThat(staffing(2, "1").missing(this.members)).isZero();
		this.members.remove(draining);
		assertThat(staffing(2, "1").missing(this.members)).isEqualTo(1);
	}

	@Test
	void shouldMissWhatIsNotThereWhileAsManyAreDrainingAsThereMayBe() {
		for (int i = 0; i < 7; i++) {
			draining(WANTED);
		}
		assertThat(new Staffing(WANTED, 1, null, 8, 8, 8).missing(this.members)).isEqualTo(1);
		draining(WANTED);
		draining(WANTED);
		assertThat(new Staffing(WANTED, 1, null, 8, 8, 8).missing(this.members)).isZero();
	}

	@Test
	void shouldHaveSurplusOfOthersAsFarAsEnoughAreReady() {
		FleetMember first = ready(OLD);
		ready(OLD);
		starting(WANTED);
		assertThat(surplus(2, "1")).isEmpty();
		ready(WANTED);
		assertThat(surplus(2, "1")).containsExactly(new Surplus(first, ExitReason.REFRESHED));
		assertThat(surplus(2, null)).containsExactly(new Surplus(first, ExitReason.ROLLED_BACK));
	}

	@Test
	void shouldHaveSurplusOfOthersThatStartUnlessTheyMayServe() {
		ready(OLD);
		FleetMember starting = starting(OLD);
		member(OLD, true);
		assertThat(surplus(2, "1")).containsExactly(new Surplus(starting, ExitReason.REFRESHED));
	}

	@Test
	void shouldHaveSurplusOfThoseThatStartAndThenOfTheLeastBusy() {
		FleetMember busy = ready(WANTED);
		FleetMember idle = ready(WANTED);
		FleetMember starting = starting(WANTED);
		Map<FleetMember, Integer> active = Map.of(busy, 3, idle, 1, starting, 5);
		assertThat(staffing(1, null).surplus(this.members, active::get))
			.containsExactly(new Surplus(starting, ExitReason.SCALED_DOWN), new Surplus(idle, ExitReason.SCALED_DOWN));
		assertThat(staffing(3, null).surplus(this.members, active::get)).isEmpty();
	}

	@Test
	void shouldNotMissAndFirstHaveSurplusOfOwnThatAreNotReadyAnyMore() {
		ready(WANTED);
		FleetMember own = ready(WANTED);
		own.observe(false, FleetMember.BAKE_TIME.toNanos());
		assertThat(staffing(2, null).missing(this.members)).as("it may come back").isZero();
		assertThat(surplus(1, null)).containsExactly(new Surplus(own, ExitReason.SCALED_DOWN));
	}

	@Test
	void shouldHaveNoSurplusOfOwnWhileThereAreOthers() {
		ready(WANTED);
		ready(WANTED);
		member(OLD, true);
		assertThat(surplus(1, null)).isEmpty();
	}

	@Test
	void shouldReplaceOthersThatAreNotReadyFirst() {
		ready(OLD);
		FleetMember hanging = ready(OLD);
		hanging.observe(false, FleetMember.BAKE_TIME.toNanos());
		assertThat(surplus(2, "1")).isEmpty();
		ready(WANTED);
		assertThat(surplus(2, "1")).containsExactly(new Surplus(hanging, ExitReason.REFRESHED));
	}

	@Test
	void shouldMissNextBatchWhileOneIsProvingItself() {
		FleetMember first = starting(WANTED);
		assertThat(staffing(4, "1").missing(this.members)).isZero();
		first.observe(true, 0);
		assertThat(staffing(4, "1").missing(this.members)).isEqualTo(1);
		FleetMember second = starting(WANTED);
		second.observe(true, 0);
		assertThat(staffing(4, "1").missing(this.members)).as("two have not proved themselves").isZero();
		prove(first);
		assertThat(staffing(4, "1").missing(this.members)).isEqualTo(1);
		second.observe(false, 1);
		assertThat(staffing(4, "1").missing(this.members)).as("one is not ready any more").isZero();
	}

	@Test
	void shouldMissNothingBeyondWhatThereMayBeAndOneBatch() {
		ready(OLD);
		ready(OLD);
		starting(WANTED).observe(true, 0);
		assertThat(staffing(2, 2, "1").missing(this.members)).isZero();
		assertThat(staffing(2, 3, "1").missing(this.members)).isEqualTo(1);
		assertThat(staffing(2, 4, "1").missing(this.members)).isEqualTo(1);
		draining(OLD);
		assertThat(staffing(2, 3, "1").missing(this.members)).isZero();
		assertThat(staffing(2, 4, "1").missing(this.members)).isEqualTo(1);
	}

	@Test
	void shouldWantOneAtLeastWhenRefreshing() {
		assertThat(staffing(0, "1").missing(this.members)).isEqualTo(1);
		assertThat(staffing(0, "1").isRefreshed(this.members)).isFalse();
		ready(WANTED);
		assertThat(staffing(0, "1").isRefreshed(this.members)).isTrue();
		assertThat(staffing(0, null).missing(List.of())).isZero();
	}

	@Test
	void shouldBeRefreshedWhenAllAreOwnAndEnoughAreReady() {
		ready(WANTED);
		assertThat(staffing(2, "1").isRefreshed(this.members)).isFalse();
		FleetMember starting = starting(WANTED);
		assertThat(staffing(2, "1").isRefreshed(this.members)).isFalse();
		starting.observe(true, 0);
		assertThat(staffing(2, "1").isRefreshed(this.members)).as("before it has proved itself").isFalse();
		prove(starting);
		assertThat(staffing(2, "1").isRefreshed(this.members)).isTrue();
		assertThat(staffing(2, null).isRefreshed(this.members)).as("nothing is refreshed").isFalse();
		draining(OLD);
		assertThat(staffing(2, "1").isRefreshed(this.members)).isFalse();
	}

	private static Staffing staffing(int target, @Nullable String batch) {
		return staffing(target, target, batch);
	}

	private static Staffing staffing(int target, int max, @Nullable String batch) {
		RefreshRequest refresh = (batch != null) ? new RefreshRequest(RefreshRequest.Batch.parse(batch), null, null)
				: null;
		return new Staffing(WANTED, target, refresh, max, 4, MAX_STARTING);
	}

	private List<Surplus> surplus(int target, @Nullable String batch) {
		return staffing(target, batch).surplus(this.members, (member) -> 0);
	}

	private FleetMember ready(int generation) {
		FleetMember member = starting(generation);
		prove(member);
		return member;
	}

	private static void prove(FleetMember member) {
		member.observe(true, 0);
		member.observe(true, FleetMember.BAKE_TIME.toNanos());
	}

	private FleetMember draining(int generation) {
		FleetMember member = ready(generation);
		member.drain(ExitReason.RETIRED, 1);
		return member;
	}

	private FleetMember starting(int generation) {
		return member(generation, false);
	}

	private FleetMember member(int generation, boolean adopted) {
		FakeProcess process = new FakeProcess(this.members.size(), null, new Membership("token", generation), false);
		FleetMember member = new FleetMember(process, generation, adopted, 0, Duration.ofMinutes(1));
		this.members.add(member);
		return member;
	}

}
