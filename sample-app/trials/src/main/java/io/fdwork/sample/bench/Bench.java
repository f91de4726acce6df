package io.fdwork.sample.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The command {@code sample-app/bench}: measures workloads, and writes of each the raw
 * figures, a table and a plot. Exits with 0 if all that is there was measured, with 1 if
 * a contender failed, and with 2 if it does not know what to do.
 */
public final class Bench {

	private static final JsonMapper mapper = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

	private final List<Workload> workloads;

	private final Options options;

	private final PrintStream out;

	/**
	 * Create a run.
	 * @param workloads what is measured
	 * @param options how often, for how long, and where the results go
	 * @param out where to tell what is being done
	 */
	Bench(List<Workload> workloads, Options options, PrintStream out) {
		this.workloads = workloads;
		this.options = options;
		this.out = out;
	}

	/**
	 * Run.
	 * @param args see {@link Options#USAGE}
	 */
	public static void main(String[] args) throws IOException {
		// There is no screen to draw on
		System.setProperty("java.awt.headless", "true");
		if (Arrays.asList(args).contains("--help")) {
			System.out.print(usage());
			System.exit(0);
		}
		System.exit(run(args));
	}

	private static int run(String[] args) throws IOException {
		try {
			Options options = Options.parse(args);
			return (new Bench(options.chosen(Workloads.all(options.before())), options, System.out).run()) ? 0 : 1;
		}
		catch (IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.err.print(usage());
			return 2;
		}
	}

	private static String usage() {
		return Options.USAGE.formatted(
				Workloads.all(null).stream().map(Workload::name).collect(Collectors.joining(", ")),
				Arrays.stream(Peer.values()).map(Peer::label).collect(Collectors.joining(", ")));
	}

	/**
	 * Measure what was asked for.
	 * @return whether every contender that is there has done it
	 */
	boolean run() throws IOException {
		boolean good = true;
		Files.createDirectories(this.options.output());
		for (Workload workload : this.workloads) {
			Contest contest = new Contest(workload, this.options, this.out);
			Thread onExit = new Thread(contest::close, "bench-exit");
			Runtime.getRuntime().addShutdownHook(onExit);
			try (contest) {
				write(contest.run());
			}
			good &= !contest.hasFailed();
		}
		return good;
	}

	private void write(Result result) throws IOException {
		if (result.measurements().isEmpty()) {
			this.out.println("Nobody took part");
			return;
		}
		Path json = this.options.output().resolve(result.workload() + ".json");
		Files.writeString(json, mapper.writeValueAsString(result) + "\n");
		// A part of a page, which the documentation does not render by itself
		Path table = this.options.output().resolve("_" + result.workload() + ".adoc");
		Files.write(table, Table.of(result), StandardCharsets.UTF_8);
		Plot.write(result, this.options.output().resolve(result.workload() + ".svg"));
		Files.readAllLines(table).forEach(this.out::println);
		this.out.println("Written: " + json + ", .svg and " + table);
	}

}
