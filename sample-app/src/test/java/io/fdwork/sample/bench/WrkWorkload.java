package io.fdwork.sample.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * As many requests as can be answered, by {@link Wrk}.
 */
record WrkWorkload(String name, String title, List<Entry> entries, List<Figure> figures, Wrk load) implements Workload {

	private static final int WARM_UP_CONNECTIONS = 2;

	@Override
	public void warmUp(Contender contender, Duration time) throws IOException {
		// Under full load the compilers get too little of the processors
		new Wrk(WARM_UP_CONNECTIONS, this.load.path(), this.load.keepAlive()).run(contender.port(), time);
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
