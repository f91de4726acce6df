package io.fdwork.internal.systemd;

import io.fdwork.FdworkStartException;
import org.jspecify.annotations.Nullable;

/**
 * The environment says something of systemd that cannot be true.
 */
class SystemdEnvironmentException extends FdworkStartException {

	SystemdEnvironmentException(String message, @Nullable Throwable cause) {
		super(message, "Start this process by systemd, or remove the variable from its environment, or set "
				+ "fdwork.systemd.enabled=false", cause);
	}

	static SystemdEnvironmentException of(String variable, String value, String allowed) {
		return new SystemdEnvironmentException(
				"The environment variable " + variable + " is '" + value + "', which is not " + allowed, null);
	}

}
