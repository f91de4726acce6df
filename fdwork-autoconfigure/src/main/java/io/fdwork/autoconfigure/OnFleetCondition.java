package io.fdwork.autoconfigure;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches when the daemon is to start workers.
 */
class OnFleetCondition extends SpringBootCondition {

	private static final String MIN = "fdwork.daemon.fleet.min";

	private static final String MAX = "fdwork.daemon.fleet.max";

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		// What is no number matches too: binding it gives the better message
		String min = context.getEnvironment().getProperty(MIN, "0");
		String max = context.getEnvironment().getProperty(MAX, min);
		return new ConditionOutcome(!(min.equals("0") && max.equals("0")), ConditionMessage.forCondition("fdwork fleet")
			.because(MIN + " is " + min + " and " + MAX + " is " + max));
	}

}
