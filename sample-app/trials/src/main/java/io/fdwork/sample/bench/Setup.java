package io.fdwork.sample.bench;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a peer is to be set up for a workload.
 *
 * @param workers how many processes serve
 * @param concurrency how many requests each of them serves at a time; 0 for as many as
 * come
 * @param depth how many requests a queue of fdwork takes
 * @param idleReturn after which time an idle connection leaves a worker of fdwork
 * @param build whose jars of the sample are run, see {@link WebServer#jar}
 */
record Setup(int workers, int concurrency, int depth, Duration idleReturn, Path build) {

	private static final int DEPTH = 512;

	private static final Duration IDLE_RETURN = Duration.ofSeconds(5);

	/**
	 * Set up a number of workers, and the rest as it is by default.
	 */
	static Setup of(int workers) {
		return new Setup(workers, 0, DEPTH, IDLE_RETURN, WebServer.OWN);
	}

	Setup withConcurrency(int concurrency) {
		return new Setup(this.workers, concurrency, this.depth, this.idleReturn, this.build);
	}

	Setup withDepth(int depth) {
		return new Setup(this.workers, this.concurrency, depth, this.idleReturn, this.build);
	}

	Setup withIdleReturn(Duration idleReturn) {
		return new Setup(this.workers, this.concurrency, this.depth, idleReturn, this.build);
	}

	Setup withBuild(Path build) {
		return new Setup(this.workers, this.concurrency, this.depth, this.idleReturn, build);
	}

}
