package io.fdwork.docs.fleet;

import java.time.Clock;
import java.time.LocalTime;

import io.fdwork.autoconfigure.ConditionalOnRole;
import io.fdwork.autoconfigure.Role;
import io.fdwork.fleet.ScalingFigures;
import io.fdwork.fleet.ScalingRule;

import org.springframework.stereotype.Component;

/**
 * In a daemon: all workers by day, the fewest by night.
 */
// tag::rule[]
@Component
@ConditionalOnRole(Role.DAEMON)
public class DayRule implements ScalingRule {

	private static final LocalTime MORNING = LocalTime.of(7, 0);

	private static final LocalTime EVENING = LocalTime.of(19, 0);

	private final Clock clock;

	public DayRule(Clock clock) {
		this.clock = clock;
	}

	@Override
	public Decision decide(ScalingFigures figures) {
		LocalTime now = LocalTime.now(this.clock);
		if (now.isBefore(MORNING) || now.isAfter(EVENING)) {
			return new Decision(figures.min(), "it is night");
		}
		return new Decision(figures.max(), "it is day");
	}

}
// end::rule[]
