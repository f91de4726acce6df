package io.fdwork.sample.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * As many requests as can be answered, by {@link Wrk}.
 */
record WrkWorkload(String name, String title, List<Entry> entries, List<Figure> figures, Wrk load) implements Workload {

	private static final int WARM_UP_CONNECTIONS = 2;

	private static final Duration WARM_UP_PART = Duration.ofSeconds(2);

	@Override
	public void warmUp(Contender contender, Duration time) throws IOException {
		// Under full load the compilers get too little of the processors
		Wrk light = new Wrk(WARM_UP_CONNECTIONS, this.load.path(), this.load.keepAlive());
		long end = System.nanoTime() + time.toNanos();
		do {
			// Connections that are kept may all be of one worker
			light.run(contender.port(), WARM_UP_PART);
		}
		while (System.nanoTime() - end < 0);
	}

	@Override
	public Sample measure(Contender contender, Duration time, long seed, Meter meter) throws IOException {
		return meter.during(() -> this.load.run(contender.port(), time));
	}

	@Override
	public Wrk systemCallLoad() {
		return this.load;
	}

}
