package io.fdwork.internal.wire;

import java.util.regex.Pattern;

/**
 * What can be the address of a management server that a worker reports. It is shown to
 * people and programs, who may follow it: nothing else than an address may be in it.
 */
public final class ManagementAddress {

	private static final Pattern PATTERN = Pattern
		.compile("https?://([0-9A-Za-z.-]{1,253}|\\[[0-9A-Fa-f:.]{2,45}\\]):[0-9]{1,5}(/[0-9A-Za-z._~/-]{0,255})?");

	private ManagementAddress() {
	}

	/**
	 * Return whether something can be such an address.
	 * @param address what may be one
	 * @return whether it is a URL with a port and, at most, a plain path
	 */
	public static boolean isProper(String address) {
		return PATTERN.matcher(address).matches();
	}

}
