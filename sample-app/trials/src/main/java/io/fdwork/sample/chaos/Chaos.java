package io.fdwork.sample.chaos;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import org.springframework.util.FileSystemUtils;

/**
 * The command {@code sample-app/chaos}: does the steps of a schedule to a fleet under
 * load for a time, or so often, and reports. Exits with 0 if every loss is explained, 1
 * if not, 2 if the run failed.
 */
public final class Chaos {

	/**
	 * What is asked for: an answer that takes so long that there is always something in
	 * service, and repeats what was sent.
	 */
	static final String PATH = "/echo?millis=80";

	/**
	 * The same of requests that are replayed, but that it repeats nothing.
	 */
	static final String REPLAYED_PATH = "/work?millis=80";

	private static final String LOSSES = "losses";

	private static final String LOGS = "logs";

	private static final int RATE = 50;

	private static final int CLIENTS = 32;

	private final Options options;

	private final long seed;

	private final LoadClient.Options load;

	private final PrintStream out;

	/**
	 * Create a run.
	 * @param options what is done, for how long and under which load; what another run
	 * has left in their output is deleted
	 * @param out where to tell what is being done
	 */
	Chaos(Options options, PrintStream out) {
		this.options = options;
		this.seed = (options.seed() != null) ? options.seed() : System.nanoTime();
		this.load = new LoadClient.Options(RATE, CLIENTS, options.requests(), options.replay());
		this.out = out;
	}

	/**
	 * Run.
	 * @param args see {@link Options#USAGE}
	 */
	public static void main(String[] args) {
		if (Arrays.asList(args).contains("--help")) {
			System.out.print(Options.USAGE);
			System.exit(0);
		}
		System.exit(run(args));
	}

	private static int run(String[] args) {
		Options options;
		try {
			options = Options.parse(args);
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.err.print(Options.USAGE);
			return 2;
		}
		try {
			return (new Chaos(options, System.out).run().isClean()) ? 0 : 1;
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
		createOutput();
		say("%s with seed %d, %d connections a second with %d requests each, at most %d at a time",
				this.options.duration(), this.seed, this.load.rate(), this.load.requests(), this.load.concurrency());
		FleetUnderTest fleet = new FleetUnderTest(this.options.kinds().contains(Step.Kind.DAMAGE_ARCHIVE),
				this.options.replay());
		Thread onExit = new Thread(() -> close(fleet), "chaos-exit");
		Runtime.getRuntime().addShutdownHook(onExit);
		try {
			fleet.start();
			Report report = run(fleet);
			Files.write(this.options.output().resolve(LOSSES), report.losses());
			say("%s", report.text());
			say("Seed %d. Losses, journals and logs are in %s", this.seed, this.options.output());
			return report;
		}
		finally {
			try (fleet) {
				fleet.copyLogs(this.options.output().resolve(LOGS));
			}
		}
	}

	// Before anything is started, as whoever runs it
	// may be allowed to write elsewhere only
	private void createOutput() throws IOException {
		Path output = this.options.output();
		try {
			// Nothing else: whoever names a directory may have more in it
			FileSystemUtils.deleteRecursively(output.resolve(LOGS));
			Files.createDirectories(output);
			Files.deleteIfExists(output.resolve(LOSSES));
			Files.createDirectory(output.resolve(LOGS));
		}
		catch (IOException ex) {
			throw new IOException(output + " cannot be written, give another --output=DIRECTORY", ex);
		}
	}

	private Report run(FleetUnderTest fleet) throws IOException {
		long start = System.nanoTime();
		LoadClient load = new LoadClient(fleet.port(), this.load);
		try (load) {
			takeSteps(fleet, start);
		}
		History history = fleet.history(start);
		fleet.end();
		List<String> journals = fleet.journals();
		List<Trace> traces = Trace.read(journals);
		List<Execution> executions = Execution.read(journals);
		Judge judge = new Judge(FleetUnderTest.CONCURRENCY, this.load::isReplayed);
		return new Report(judge.judge(load.connections(), traces, executions, history), traces, executions, history);
	}

	private void takeSteps(FleetUnderTest fleet, long start) throws IOException {
		Schedule schedule = new Schedule(this.seed, this.options.kinds());
		long taken = 0;
		while (taken < this.options.steps() && System.nanoTime() - start < this.options.duration().toNanos()) {
			Step step = schedule.next();
			say("%7.1f s  %s", (System.nanoTime() - start) / 1e9, step.kind());
			fleet.take(step);
			taken++;
		}
		if (this.options.times() > 0) {
			say("%7.1f s  %d of %d steps taken", (System.nanoTime() - start) / 1e9, taken, this.options.steps());
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
