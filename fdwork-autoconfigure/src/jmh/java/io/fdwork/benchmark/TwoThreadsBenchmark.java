package io.fdwork.benchmark;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Group;
import org.openjdk.jmh.annotations.GroupThreads;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Control;

/**
 * One thread puts as fast as there is room, another one gets: the time between two
 * requests that come out.
 */
@State(Scope.Group)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TwoThreadsBenchmark {

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
	@Group("handOff")
	@GroupThreads(1)
	public void put(Control control) throws Exception {
		boolean put = this.putSide.put();
		while (!put && !control.stopMeasurement) {
			put = this.putSide.put();
		}
	}

	@Benchmark
	@Group("handOff")
	@GroupThreads(1)
	public void get(Control control) throws Exception {
		boolean got = this.getSide.get();
		while (!got && !control.stopMeasurement) {
			got = this.getSide.get();
		}
	}

}
