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
 * A put to another process, and the get of its reply on a way back: twice the time from a
 * put to a get when both processes have nothing else to do, wakeups included.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RoundTripBenchmark {

	@Param({ "QUEUE", "SOCKETS_WITH_DESCRIPTOR", "SOCKETS" })
	private Way way;

	private OpenDescriptors descriptors;

	private PutSide putSide;

	private GetterProcess getter;

	private GetSide wayBack;

	@Setup
	public void open() throws IOException {
		this.descriptors = new OpenDescriptors();
		this.putSide = this.way.open();
		this.getter = GetterProcess.start(this.way, this.putSide, true);
		this.wayBack = this.getter.openWayBack(this.way);
	}

	@TearDown
	public void close() throws IOException {
		this.wayBack.close();
		this.getter.close();
		this.putSide.close();
		this.descriptors.assertSame();
	}

	@Benchmark
	public void thereAndBack() throws Exception {
		if (!this.putSide.put() || !this.wayBack.get()) {
			throw new IllegalStateException("No reply came");
		}
	}

}
