package io.fdwork.internal.wire;

import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Says of a worker which fleet started it. The fleet passes it in the environment of the
 * process, and the worker back in its hello, so that a daemon knows its workers again,
 * also those that a daemon before it has started.
 *
 * @param token what tells the fleet from others
 * @param generation the refresh that started the worker, from 1
 */
public record Membership(String token, int generation) {

	private static final String TOKEN = "FDWORK_FLEET_TOKEN";

	private static final String GENERATION = "FDWORK_FLEET_GENERATION";

	/**
	 * The variables that say it.
	 */
	public static final Set<String> VARIABLES = Set.of(TOKEN, GENERATION);

	/**
	 * Read the membership of this process.
	 * @param environment the environment variables
	 * @return the membership, or {@code null} if no fleet started it
	 */
	public static @Nullable Membership of(Map<String, String> environment) {
		String token = environment.get(TOKEN);
		String generation = environment.get(GENERATION);
		if (token == null || generation == null || !generation.matches("[0-9]{1,9}")) {
			return null;
		}
		return new Membership(token, Integer.parseInt(generation));
	}

	/**
	 * Pass the membership to a process that is to be started.
	 * @param environment its environment variables
	 */
	public void addTo(Map<String, String> environment) {
		environment.put(TOKEN, this.token);
		environment.put(GENERATION, String.valueOf(this.generation));
	}

}
