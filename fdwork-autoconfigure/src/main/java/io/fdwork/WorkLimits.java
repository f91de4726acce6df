package io.fdwork;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import io.fdwork.descriptor.Descriptor;

/**
 * How large a work request may be. A request is metadata: what is larger travels as a
 * file or a pipe among its descriptors. The limits are checked when a request is built.
 */
public final class WorkLimits {

	/**
	 * How many descriptors a request may carry. One receive takes at most 60.
	 */
	public static final int MAX_DESCRIPTORS = 16;

	/**
	 * How many parameters a request may carry.
	 */
	public static final int MAX_PARAMETERS = 32;

	/**
	 * How many bytes the names and values of all parameters of a request may take in
	 * UTF-8.
	 */
	public static final int MAX_PARAMETER_BYTES = 2048;

	/**
	 * How many bytes of payload a request may carry.
	 */
	public static final int MAX_PAYLOAD_BYTES = 4096;

	private WorkLimits() {
	}

	static void check(List<Descriptor> descriptors, Map<String, String> parameters, byte[] payload) {
		WorkLimitExceededException.check("MAX_DESCRIPTORS", MAX_DESCRIPTORS, descriptors.size());
		WorkLimitExceededException.check("MAX_PARAMETERS", MAX_PARAMETERS, parameters.size());
		WorkLimitExceededException.check("MAX_PARAMETER_BYTES", MAX_PARAMETER_BYTES, bytes(parameters));
		WorkLimitExceededException.check("MAX_PAYLOAD_BYTES", MAX_PAYLOAD_BYTES, payload.length);
	}

	private static int bytes(Map<String, String> parameters) {
		int bytes = 0;
		for (Map.Entry<String, String> parameter : parameters.entrySet()) {
			bytes += parameter.getKey().getBytes(StandardCharsets.UTF_8).length
					+ parameter.getValue().getBytes(StandardCharsets.UTF_8).length;
		}
		return bytes;
	}

}
