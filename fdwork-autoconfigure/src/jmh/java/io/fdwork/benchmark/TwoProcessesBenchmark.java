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
import org.openjdk.jmh.infra.Control;

/**
 * This process puts as fast as there is room, another one gets: the time between two
 * puts, which is that between two gets, as the room between them is bounded.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TwoProcessesBenchmark {

	@Param({ "QUEUE", "SOCKETS_WITH_DESCRIPTOR", "SOCKETS" })
	private Way way;

	private OpenDescriptors descriptors;

	private PutSide putSide;

	private GetterProcess getter;

	private long put;

	@Setup
	public void open() throws IOException {
		this.descriptors = new OpenDescriptors();
		this.putSide = this.way.open();
		this.getter = GetterProcess.start(this.way, this.putSide, false);
	}

	@TearDown
	public void close() throws IOException {
		this.getter.awaitGot(this.put);
		this.getter.close();
		this.putSide.close();
		this.descriptors.assertSame();
	}

	@Benchmark
	public void handOff(Control control) throws Exception {
		boolean put = this.putSide.put();
		while (!put && !control.stopMeasurement) {
			put = this.putSide.put();
		}
		this.put += (put) ? 1 : 0;
	}

}
