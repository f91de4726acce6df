package io.fdwork.internal.actuate;

import java.util.concurrent.TimeUnit;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.fdwork.fleet.FleetSnapshot;
import org.jspecify.annotations.Nullable;

/**
 * A generation that is tried out, as the endpoint shows it.
 *
 * @param generation the generation
 * @param canary whether it serves beside the one before, and not in its place
 * @param leftMillis for how long it must stay well yet, if its workers are ready
 * @param comparison what both generations have done
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record BakeDescription(int generation, boolean canary, @Nullable Long leftMillis, Comparison comparison) {

	static BakeDescription of(FleetSnapshot.Bake bake) {
		return new BakeDescription(bake.generation(), bake.canary(),
				(bake.left() != null) ? bake.left().toMillis() : null, Comparison.of(bake.comparison()));
	}

	/**
	 * What two generations have done.
	 *
	 * @param before the generation that was there before
	 * @param after the new one
	 */
	record Comparison(Figures before, Figures after) {

		static Comparison of(FleetSnapshot.Comparison comparison) {
			return new Comparison(Figures.of(comparison.before()), Figures.of(comparison.after()));
		}

	}

	/**
	 * What a generation has done.
	 *
	 * @param generation the generation
	 * @param requests how many requests it answered
	 * @param failed how many of them failed
	 * @param serviceMicros the 95th percentile of its service times, if there were any
	 */
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record Figures(int generation, long requests, long failed, @Nullable Long serviceMicros) {

		static Figures of(FleetSnapshot.GenerationFigures figures) {
			return new Figures(figures.generation(), figures.requests(), figures.failed(),
					(figures.serviceTime() != null) ? TimeUnit.NANOSECONDS.toMicros(figures.serviceTime().toNanos())
							: null);
		}

	}

}
