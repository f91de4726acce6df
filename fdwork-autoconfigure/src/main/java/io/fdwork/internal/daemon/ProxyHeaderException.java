package io.fdwork.internal.daemon;

/**
 * Thrown when a connection does not begin with a proper header of the PROXY protocol.
 */
final class ProxyHeaderException extends Exception {

	private static final long serialVersionUID = 1L;

	private final ProxyRefusal refusal;

	ProxyHeaderException(ProxyRefusal refusal, String message) {
		super(message);
		this.refusal = refusal;
	}

	ProxyRefusal refusal() {
		return this.refusal;
	}

}
