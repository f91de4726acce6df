package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.time.Duration;

import io.fdwork.fleet.FleetOptions;
import io.fdwork.fleet.RefreshOptions;
import org.jspecify.annotations.Nullable;

/**
 * How to refresh a fleet.
 *
 * @param batch how many workers are replaced at a time
 * @param drainTimeout how long an old worker may take to finish what it has in hand,
 * {@code
 * null} for what the fleet is configured for
 * @param jar the jar to run from now on, {@code null} for the same path as before
 * @param bake for how long the new generation must stay well, zero for not at all,
 * {@code null} for what the fleet is configured for
 * @param canary how many of its workers must do so beside the old ones first, 0 for none,
 * {@code null} for what the fleet is configured for
 */
public record RefreshRequest(Batch batch, @Nullable Duration drainTimeout, @Nullable Path jar, @Nullable Duration bake,
		@Nullable Integer canary) {

	/**
	 * What {@link #isBakeTime(Duration)} allows, for people.
	 */
	public static final String BAKE_TIMES = "a duration from 10s to 1d such as 5m, or 0s";

	private static final Duration MIN_BAKE_TIME = Duration.ofSeconds(10);

	private static final Duration MAX_BAKE_TIME = Duration.ofDays(1);

	/**
	 * Return whether a new generation can be tried out for so long.
	 * @param time the time
	 * @return whether it is zero, or neither too short to show anything nor too long to
	 * keep all workers twice
	 */
	public static boolean isBakeTime(Duration time) {
		return time.isZero() || (time.compareTo(MIN_BAKE_TIME) >= 0 && time.compareTo(MAX_BAKE_TIME) <= 0);
	}

	/**
	 * Create a request for what the fleet is configured for.
	 * @param batch how many workers are replaced at a time
	 * @param drainTimeout how long an old worker may take to finish what it has in hand
	 * @param jar the jar to run from now on
	 */
	public RefreshRequest(Batch batch, @Nullable Duration drainTimeout, @Nullable Path jar) {
		this(batch, drainTimeout, jar, null, null);
	}

	/**
	 * Return the same request with all that it leaves to the configuration of the fleet.
	 * @throws IllegalArgumentException if both do not go together
	 */
	RefreshRequest with(RefreshOptions options) {
		Duration bake = (this.bake != null) ? this.bake : options.bakeTime();
		int canary = (this.canary != null) ? this.canary : (bake.isZero()) ? 0 : options.canary();
		if (canary > 0 && bake.isZero()) {
			throw new IllegalArgumentException("canary needs the time for which it must stay well: "
					+ "give bake as well, such as 5m, or set fdwork.daemon.fleet.refresh.bake-time");
		}
		return new RefreshRequest(this.batch, this.drainTimeout, this.jar, bake, canary);
	}

	Duration bakeTime() {
		return (this.bake != null) ? this.bake : Duration.ZERO;
	}

	/**
	 * Return how many workers of the new generation serve beside so many old ones first.
	 */
	int canaries(int workers) {
		return (this.canary != null) ? Math.min(this.canary, Math.max(1, workers)) : 0;
	}

	Duration drainTimeout(FleetOptions options) {
		return (this.drainTimeout != null) ? this.drainTimeout : options.drainTimeout();
	}

	/**
	 * A number of workers, or a share of them.
	 *
	 * @param value the number, or the percentage
	 * @param percentage whether it is a percentage
	 */
	public record Batch(int value, boolean percentage) {

		private static final int ALL = 100;

		/**
		 * One worker at a time.
		 */
		public static final Batch ONE = new Batch(1, false);

		/**
		 * Create a batch.
		 * @param value the number, or the percentage
		 * @param percentage whether it is a percentage
		 * @throws IllegalArgumentException if it is no share and no positive number
		 */
		public Batch {
			if (value < 1 || (percentage && value > ALL)) {
				throw new IllegalArgumentException("A batch is a number from 1 or a percentage from 1% to 100%");
			}
		}

		/**
		 * Parse a batch.
		 * @param text a number such as {@code 2} or a percentage such as {@code 50%}
		 * @return the batch
		 * @throws IllegalArgumentException if it is neither
		 */
		public static Batch parse(String text) {
			if (!text.matches("[0-9]{1,6}%?")) {
				throw new IllegalArgumentException(
						"A batch is a number from 1 or a percentage from 1% to 100%, not '" + text + "'");
			}
			boolean percentage = text.endsWith("%");
			return new Batch(Integer.parseInt((percentage) ? text.substring(0, text.length() - 1) : text), percentage);
		}

		int of(int workers) {
			return (this.percentage) ? Math.max(1, workers * this.value / ALL) : this.value;
		}

	}

}
