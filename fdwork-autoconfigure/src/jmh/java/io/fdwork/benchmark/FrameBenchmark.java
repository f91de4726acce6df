package io.fdwork.benchmark;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.FrameDefectException;
import io.fdwork.internal.wire.WorkFrame;
import io.fdwork.internal.wire.WorkMetadata;
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
 * Writing and reading the frame of a request. The baseline copies as many bytes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FrameBenchmark {

	private static final int PARAMETERS = 4;

	@Param
	private Content content;

	private Descriptor.Pipe pipe;

	private WorkRequest request;

	private int length;

	private final ByteBuffer written = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH);

	private final ByteBuffer read = ByteBuffer.allocateDirect(WorkFrame.MAX_LENGTH);

	private byte[] bytes;

	@Setup
	public void open() throws IOException {
		this.pipe = Descriptor.pipe();
		this.request = this.content.request(this.pipe.sink());
		WorkFrame.encode(this.request, Set.of(), 1, System.nanoTime(), this.read);
		this.length = this.read.limit();
		this.bytes = new byte[this.length];
	}

	@TearDown
	public void close() {
		this.pipe.close();
	}

	@Benchmark
	public ByteBuffer encode() {
		WorkFrame.encode(this.request, Set.of(), 1, 1, this.written.clear());
		return this.written;
	}

	@Benchmark
	public WorkMetadata decode() throws FrameDefectException {
		return WorkFrame.decode(this.read.clear(), this.length, 1, WorkRequest.DEFAULT_QUEUE);
	}

	@Benchmark
	public ByteBuffer baseline() {
		return this.written.clear().put(this.bytes);
	}

	/**
	 * What is in the request.
	 */
	public enum Content {

		/**
		 * The addresses of a connection.
		 */
		CONNECTION {

			@Override
			WorkRequest request(Descriptor descriptor) {
				return QueueSides.connection(descriptor);
			}

		},

		/**
		 * Parameters, and a payload of a KiB.
		 */
		PAYLOAD {

			@Override
			WorkRequest request(Descriptor descriptor) {
				WorkRequest.Builder builder = WorkRequest.with(descriptor).keepDescriptors().payload(new byte[1024]);
				for (int i = 0; i < PARAMETERS; i++) {
					builder.parameter("parameter" + i, "value" + i);
				}
				return builder.build();
			}

		};

		abstract WorkRequest request(Descriptor descriptor);

	}

}
