package io.fdwork.autoconfigure;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * The condition of {@link ConditionalOnRole}. A role that does not exist matches nothing
 * here and fails the start when the properties are bound.
 */
class OnRoleCondition extends SpringBootCondition {

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		Map<String, Object> attributes = metadata.getAnnotationAttributes(ConditionalOnRole.class.getName());
		List<Role> roles = (attributes != null) ? Arrays.asList((Role[]) attributes.get("value")) : List.of();
		String role = context.getEnvironment().getProperty("fdwork.role", "none").trim().toUpperCase(Locale.ROOT);
		ConditionMessage message = ConditionMessage.forCondition(ConditionalOnRole.class)
			.because("fdwork.role is " + role);
		boolean match = roles.stream().anyMatch((candidate) -> candidate.name().equals(role));
		return new ConditionOutcome(match, message);
	}

}
