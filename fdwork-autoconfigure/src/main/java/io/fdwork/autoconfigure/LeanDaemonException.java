package io.fdwork.autoconfigure;

import java.util.List;

import io.fdwork.FdworkStartException;

/**
 * The daemon of this application cannot be lean as it is.
 */
class LeanDaemonException extends FdworkStartException {

	private static final String FULL = "set " + LeanDaemon.PROPERTY
			+ "=full, then the daemon creates all beans of the application";

	LeanDaemonException(String message, String action) {
		super(message, action + ", or " + FULL, null);
	}

	static LeanDaemonException processedAheadOfTime() {
		return new LeanDaemonException(
				"The beans of this application were chosen ahead of time (spring.aot.enabled), and not for a lean daemon",
				"Start the daemon without -Dspring.aot.enabled=true");
	}

	static LeanDaemonException markedMethods(List<String> methods) {
		return new LeanDaemonException(
				"The bean methods " + methods
						+ " are marked with @ConditionalOnRole, but their classes are not, and this daemon is lean",
				"Move them to a configuration class with @ConditionalOnRole, which may be a nested one");
	}

	static LeanDaemonException withoutSource() {
		return new LeanDaemonException(
				"This daemon is lean, but no class that its SpringApplication was started with has "
						+ "@EnableAutoConfiguration or @SpringBootApplication",
				"Start it with the class that has it");
	}

	static LeanDaemonException unmarked(String type, String where) {
		return new LeanDaemonException(
				"The application has a " + type + " in " + where
						+ ", which is for the daemon alone and is not marked for it, and this daemon is lean",
				"Mark that class with @ConditionalOnRole(Role.DAEMON)");
	}

	static LeanDaemonException unsecured(String type, String where) {
		return new LeanDaemonException(
				"The application secures its endpoints with a " + type + " in " + where
						+ ", which this daemon would not have, as it is lean and that is not marked for it",
				"Mark the class that says who may use the endpoints of the daemon with @ConditionalOnRole, for instance "
						+ "({ Role.DAEMON, Role.WORKER, Role.NONE })");
	}

}
