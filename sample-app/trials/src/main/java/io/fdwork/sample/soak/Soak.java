package io.fdwork.sample.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.fdwork.sample.fixture.ArchivedSample;

/**
 * The command {@code sample-app/soak}: lets a fleet serve very many connections, and
 * reports what its processes use before and after. Exits with 0 if all were served and
 * nothing is left of them, 1 if not, 2 if the run failed.
 */
public final class Soak {

	private final Options options;

	private final List<String> jvmArguments;

	private final Path jar;

	private final PrintStream out;

	/**
	 * Create a run.
	 * @param options how much load there is, and where the report goes
	 * @param jvmArguments arguments of each JVM of the fleet
	 * @param jar the jar of the sample
	 * @param out where to tell what is being done
	 */
	Soak(Options options, List<String> jvmArguments, Path jar, PrintStream out) {
		this.options = options;
		this.jvmArguments = jvmArguments;
		this.jar = jar;
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
			Soak soak = new Soak(options, SoakedFleet.JVM_ARGUMENTS, ArchivedSample.JAR, System.out);
			return (soak.run().problems().isEmpty()) ? 0 : 1;
		}
		catch (Exception | Error ex) {
			ex.printStackTrace();
			return 2;
		}
	}

	/**
	 * Start a fleet, make the connections, end it, and report.
	 * @return the report, which was also told
	 */
	Report run() throws IOException {
		createOutput();
		say("%,d connections, %d at a time, in %d minutes at most", this.options.connections(),
				this.options.concurrency(), this.options.limit().toMinutes());
		SoakedFleet fleet = new SoakedFleet();
		Thread onExit = new Thread(() -> close(fleet), "soak-exit");
		Runtime.getRuntime().addShutdownHook(onExit);
		try {
			fleet.start(this.jvmArguments, this.jar);
			Report report = run(fleet);
			Files.writeString(this.options.output().resolve("soak.json"), report.json());
			Files.writeString(this.options.output().resolve("soak.txt"), report.text() + "\n");
			say("%s", report.text());
			say("The report and the log are in %s", this.options.output());
			return report;
		}
		finally {
			try (fleet) {
				fleet.copyLog(this.options.output());
			}
		}
	}

	// Before anything is started, as whoever runs it
	// may be allowed to write elsewhere only
	private void createOutput() throws IOException {
		try {
			Files.createDirectories(this.options.output());
			Files.writeString(this.options.output().resolve("soak.txt"), "The run has not ended\n");
		}
		catch (IOException ex) {
			throw new IOException(this.options.output() + " cannot be written, give another --output=DIRECTORY", ex);
		}
	}

	private Report run(SoakedFleet fleet) throws IOException {
		if (this.options.warmUp() > 0) {
			connect("warm-up", fleet, this.options.warmUp());
		}
		Snapshot start = fleet.snapshot(null);
		SoakClient.Outcome outcome = connect("soak", fleet, this.options.connections());
		return new Report(outcome, start, fleet.snapshot(start));
	}

	private SoakClient.Outcome connect(String phase, SoakedFleet fleet, int connections) throws IOException {
		SoakClient client = new SoakClient(fleet.port(), connections, this.options.concurrency(), this.options.limit());
		SoakClient.Outcome outcome = client.run((now) -> sayProgress(phase, now));
		sayProgress(phase, outcome);
		return outcome;
	}

	private void sayProgress(String phase, SoakClient.Outcome outcome) {
		say("%-8s%8.0f s %,12d of %,d served, %,d failed, %,.0f a second", phase, outcome.time().toNanos() / 1e9,
				outcome.served(), outcome.wanted(), outcome.failed(), outcome.perSecond());
	}

	private void say(String format, Object... arguments) {
		this.out.println(String.format(Locale.ROOT, format, arguments));
	}

	private static void close(SoakedFleet fleet) {
		try {
			fleet.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException("Processes of the fleet may be left", ex);
		}
	}

}
