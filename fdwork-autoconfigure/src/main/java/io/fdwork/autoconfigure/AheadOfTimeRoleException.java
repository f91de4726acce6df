package io.fdwork.autoconfigure;

import java.util.Locale;

import io.fdwork.FdworkStartException;

/**
 * The beans of the application were chosen for a role that it does not have.
 */
class AheadOfTimeRoleException extends FdworkStartException {

	/**
	 * Create the exception.
	 * @param chosen the role that the beans are for
	 * @param role the role that the application has
	 */
	AheadOfTimeRoleException(Role chosen, Role role) {
		super("The beans of this application were chosen ahead of time (spring.aot.enabled) for the role "
				+ name(chosen) + ", and fdwork.role is " + name(role),
				"Start it without -Dspring.aot.enabled=true, or process it ahead of time with the argument --fdwork.role="
						+ name(role),
				null);
	}

	private static String name(Role role) {
		return role.name().toLowerCase(Locale.ROOT);
	}

}
