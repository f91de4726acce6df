package io.fdwork.descriptor;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

import org.newsclub.net.unix.FileDescriptorCast;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Taking a received descriptor away from the socket that received it, in both ways, and
 * closing it. Each begins with a duplicate in an object of the JDK, as junixsocket hands
 * it out; the baseline closes that.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class DetachBenchmark {

	private Descriptor.Pipe pipe;

	@Setup
	public void open() throws IOException {
		this.pipe = Descriptor.pipe();
	}

	@TearDown
	public void close() {
		this.pipe.close();
	}

	@Benchmark
	public void taken() throws IOException {
		if (!FileDescriptors.isOpened()) {
			throw new IllegalStateException("Start the JVM with --add-opens java.base/java.io=ALL-UNNAMED");
		}
		new Descriptor(Numbers.detach(received())).close();
	}

	@Benchmark
	public void duplicated() throws IOException {
		new Descriptor(Numbers.detachByDuplicating(received())).close();
	}

	@Benchmark
	public void baseline() throws IOException {
		new FileOutputStream(received()).close();
	}

	private FileDescriptor received() throws IOException {
		return FileDescriptorCast.unsafeUsing(Numbers.duplicate(this.pipe.sink().number())).getFileDescriptor();
	}

}
