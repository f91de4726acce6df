package io.fdwork.internal.wire;

/**
 * A class of HTTP statuses, by their first digit.
 */
public enum StatusClass {

	/**
	 * 100 to 199.
	 */
	INFORMATIONAL("1xx"),

	/**
	 * 200 to 299.
	 */
	SUCCESS("2xx"),

	/**
	 * 300 to 399.
	 */
	REDIRECTION("3xx"),

	/**
	 * 400 to 499.
	 */
	CLIENT_ERROR("4xx"),

	/**
	 * 500 and more.
	 */
	SERVER_ERROR("5xx"),

	/**
	 * Any other, or none: the client had gone, for instance.
	 */
	UNKNOWN("unknown");

	private final String text;

	StatusClass(String text) {
		this.text = text;
	}

	/**
	 * Return how people write it.
	 * @return the class, as in {@code 5xx}
	 */
	public String text() {
		return this.text;
	}

}
