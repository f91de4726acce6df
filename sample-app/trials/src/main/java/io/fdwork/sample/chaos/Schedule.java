package io.fdwork.sample.chaos;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Random;

/**
 * An endless series of steps that a seed determines. Every kind comes once before any
 * comes again.
 */
final class Schedule implements Iterator<Step> {

	private static final int MAX_HOLD_MILLIS = 3_000;

	private static final int MAX_REST_MILLIS = 1_500;

	private final Random random;

	private final Deque<Step.Kind> round = new ArrayDeque<>();

	private final List<Step.Kind> kinds;

	/**
	 * Create a schedule.
	 * @param seed determines it
	 * @param kinds what is done, in any order
	 */
	Schedule(long seed, List<Step.Kind> kinds) {
		this.random = new Random(seed);
		this.kinds = kinds.stream().sorted().toList();
	}

	@Override
	public boolean hasNext() {
		return true;
	}

	@Override
	public Step next() {
		if (this.round.isEmpty()) {
			List<Step.Kind> kinds = new ArrayList<>(this.kinds);
			Collections.shuffle(kinds, this.random);
			this.round.addAll(kinds);
		}
		return new Step(this.round.removeFirst(), this.random.nextInt(Integer.MAX_VALUE), hold(),
				Duration.ofMillis(this.random.nextInt(MAX_REST_MILLIS)));
	}

	private Duration hold() {
		// Half of them at once: a successor that meets what its predecessor has just left
		return (this.random.nextBoolean()) ? Duration.ZERO : Duration.ofMillis(this.random.nextInt(MAX_HOLD_MILLIS));
	}

}
