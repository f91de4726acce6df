package io.fdwork.autoconfigure;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.springframework.context.annotation.Conditional;

/**
 * Matches when {@code fdwork.role} is one of the given roles.
 * <p>
 * On a component or a configuration class, this also marks it for these roles: a daemon
 * that is {@linkplain io.fdwork.daemon.DaemonApplication#LEAN lean} creates nothing of
 * the application but what is marked for it, and creates that at once, also with lazy
 * initialization.
 */
@Target({ ElementType.TYPE, ElementType.METHOD })
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Conditional(OnRoleCondition.class)
public @interface ConditionalOnRole {

	/**
	 * Return the roles.
	 * @return the roles that match
	 */
	Role[] value();

}
