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

	private static final String PROPERTY = "fdwork.daemon.fleet.max";

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		// What is no number matches too: binding it gives the better message
		String max = context.getEnvironment().getProperty(PROPERTY, "0");
		return new ConditionOutcome(!max.equals("0"),
				ConditionMessage.forCondition("fdwork fleet").because(PROPERTY + " is " + max));
	}

}
