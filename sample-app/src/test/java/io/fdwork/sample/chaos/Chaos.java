package io.fdwork.sample.chaos;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

import org.springframework.boot.convert.DurationStyle;
import org.springframework.util.FileSystemUtils;

/**
 * The command {@code sample-app/chaos}: does the steps of a schedule to a fleet under load
 * for a time, and reports. Exits with 0 if every loss is explained, 1 if not, 2 if the run
 * failed.
 */
public final class Chaos {

	/**
	 * What is asked for: an answer that takes so long that there is always something in
	 * service, and repeats what was sent.
	 */
	static final String PATH = "/echo?millis=80";

	private static final Duration MAX_DURATION = Duration.ofHours(2);

	private static final int RATE = 50;

	private static final int CLIENTS = 32;

	private final Duration duration;

	private final long seed;

	private final LoadClient.Options load;

	private final Path output;

	private final PrintStream out;

	/**
	 * Create a run.
	 * @param duration how long steps are taken; the last one is completed
	 * @param seed determines the steps
	 * @param requests how many requests there are on each connection
	 * @param output the directory that the losses, journals and logs go to; what is there is
	 * deleted
	 * @param out where to tell what is being done
	 */
	Chaos(Duration duration, long seed, int requests, Path output, PrintStream out) {
		this.duration = duration;
		this.seed = seed;
		this.load = new LoadClient.Options(RATE, CLIENTS, requests);
		this.output = output;
		this.out = out;
	}

	/**
	 * Run.
	 * @param args duration, seed, requests on each connection; each may be left out
	 */
	public static void main(String[] args) {
		System.exit(run(args));
	}

	private static int run(String[] args) {
		Duration duration = (args.length > 0) ? DurationStyle.detectAndParse(args[0]) : Duration.ofSeconds(60);
		long seed = (args.length > 1) ? Long.parseLong(args[1]) : System.nanoTime();
		int requests = (args.length > 2) ? Integer.parseInt(args[2]) : 1;
		if (duration.compareTo(MAX_DURATION) > 0 || requests < 1) {
			System.err.println("Not longer than " + MAX_DURATION + ", and at least one request on each connection");
			return 2;
		}
		try {
			return (new Chaos(duration, seed, requests, Path.of("target", "chaos"), System.out).run().isClean()) ? 0 : 1;
		}
		catch (Exception | Error ex) {
			ex.printStackTrace();
			return 2;
		}
	}

	/**
	 * Start a fleet, take steps, end it, and report.
	 * @return the report, which was also told
	 */
	Report run() throws IOException {
		FileSystemUtils.deleteRecursively(this.output);
		say("%s with seed %d, %d connections a second with %d requests each, at most %d at a time", this.duration,
				this.seed, this.load.rate(), this.load.requests(), this.load.concurrency());
		FleetUnderTest fleet = new FleetUnderTest();
		Thread onExit = new Thread(() -> close(fleet), "chaos-exit");
		Runtime.getRuntime().addShutdownHook(onExit);
		try {
			fleet.start();
			Report report = run(fleet);
			Files.createDirectories(this.output);
			Files.write(this.output.resolve("losses"), report.losses());
			say("%s", report.text());
			say("Seed %d. Losses, journals and logs are in %s", this.seed, this.output);
			return report;
		}
		finally {
			try (fleet) {
				fleet.copyLogs(this.output);
			}
		}
	}

	private Report run(FleetUnderTest fleet) throws IOException {
		long start = System.nanoTime();
		LoadClient load = new LoadClient(fleet.port(), this.load);
		try (load) {
			takeSteps(fleet, start);
		}
		History history = fleet.history(start);
		List<Trace> traces = fleet.traces();
		Judge judge = new Judge(FleetUnderTest.CONCURRENCY);
		return new Report(judge.judge(load.connections(), traces, history), traces, history);
	}

	private void takeSteps(FleetUnderTest fleet, long start) throws IOException {
		Schedule schedule = new Schedule(this.seed);
		while (System.nanoTime() - start < this.duration.toNanos()) {
			Step step = schedule.next();
			say("%7.1f s  %s", (System.nanoTime() - start) / 1e9, step.kind());
			fleet.take(step);
		}
	}

	private void say(String format, Object... arguments) {
		this.out.println(String.format(Locale.ROOT, format, arguments));
	}

	private static void close(FleetUnderTest fleet) {
		try {
			fleet.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException("Processes of the fleet may be left", ex);
		}
	}

}
