package io.fdwork.fleet;

/**
 * Decides how many workers a fleet should have. Asked several times a second, by one
 * thread at a time; may keep a state.
 */
public interface ScalingRule {

	/**
	 * Decide.
	 * @param figures what is known
	 * @return the number of workers; the fleet keeps it between its bounds
	 */
	Decision decide(ScalingFigures figures);

	/**
	 * A decision.
	 *
	 * @param target how many workers there should be
	 * @param reason why, for people
	 */
	record Decision(int target, String reason) {
	}

}
