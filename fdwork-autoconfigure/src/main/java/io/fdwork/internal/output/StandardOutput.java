package io.fdwork.internal.output;

import java.io.PrintStream;
import java.nio.charset.Charset;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The standard output and the standard error of this process. Bounded, they make nobody
 * wait for who reads them: a logger that waits for a pipe holds its lock meanwhile, and
 * whoever logs waits for that, the threads of the fleet and of the shutdown among them.
 */
public final class StandardOutput {

	private static final List<BoundedOutput> bounded = new CopyOnWriteArrayList<>();

	private StandardOutput() {
	}

	/**
	 * Bound both, unless somebody else has replaced them, who knows why. Done once, and
	 * for good.
	 * @param capacity how many bytes of each may wait; what comes then is dropped, in
	 * whole lines
	 */
	public static synchronized void bound(int capacity) {
		bound("output", System.out, "stdout.encoding", capacity, System::setOut);
		bound("error", System.err, "stderr.encoding", capacity, System::setErr);
	}

	private static void bound(String name, PrintStream stream, String encoding, int capacity,
			Consumer<PrintStream> replace) {
		if (stream.getClass() != PrintStream.class) {
			return;
		}
		BoundedOutput output = new BoundedOutput(name, stream, capacity);
		output.start();
		if (bounded.isEmpty()) {
			Runtime.getRuntime().addShutdownHook(new Thread(StandardOutput::exit, "fdwork-standard-exit"));
		}
		bounded.add(output);
		replace.accept(new BoundedPrintStream(output, charset(encoding)));
	}

	/**
	 * What the JDK encodes with, which a stream tells from JDK 18 on only.
	 */
	private static Charset charset(String encoding) {
		String name = System.getProperty(encoding, System.getProperty("sun." + encoding));
		return (name != null && Charset.isSupported(name)) ? Charset.forName(name) : Charset.defaultCharset();
	}

	/**
	 * Write to the standard output what is no record of this process.
	 * @param bytes a line with its end, or a part of one
	 */
	public static void write(byte[] bytes) {
		System.out.write(bytes, 0, bytes.length);
		System.out.flush();
	}

	private static void exit() {
		bounded.forEach(BoundedOutput::exit);
	}

	/**
	 * Return how many lines were dropped.
	 * @return the number since the start, of both
	 */
	public static long droppedLines() {
		return bounded.stream().mapToLong(BoundedOutput::dropped).sum();
	}

	/**
	 * Tells that the stream is bounded already.
	 */
	private static final class BoundedPrintStream extends PrintStream {

		BoundedPrintStream(BoundedOutput output, Charset charset) {
			super(output, false, charset);
		}

	}

}
