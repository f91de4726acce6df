package io.fdwork.benchmark;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A put and the get of the same request, on one thread: the work of both without the wait
 * of one for the other.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class OneThreadBenchmark {

	@Param
	private Way way;

	private OpenDescriptors descriptors;

	private PutSide putSide;

	private GetSide getSide;

	@Setup
	public void open() throws IOException {
		this.descriptors = new OpenDescriptors();
		this.putSide = this.way.open();
		this.getSide = this.putSide.openGetSide();
	}

	@TearDown
	public void close() throws IOException {
		this.getSide.close();
		this.putSide.close();
		this.descriptors.assertSame();
	}

	@Benchmark
	public void putAndGet() throws Exception {
		if (!this.putSide.put() || !this.getSide.get()) {
			throw new IllegalStateException("What was put did not come out");
		}
	}

}
