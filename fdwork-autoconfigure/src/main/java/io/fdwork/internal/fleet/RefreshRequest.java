package io.fdwork.internal.fleet;

import java.nio.file.Path;
import java.time.Duration;

import io.fdwork.fleet.FleetOptions;
import org.jspecify.annotations.Nullable;

/**
 * How to refresh a fleet.
 *
 * @param batch how many workers are replaced at a time
 * @param drainTimeout how long an old worker may take to finish what it has in hand,
 * {@code
 * null} for what the fleet is configured for
 * @param jar the jar to run from now on, {@code null} for the same path as before
 */
public record RefreshRequest(Batch batch, @Nullable Duration drainTimeout, @Nullable Path jar) {

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
