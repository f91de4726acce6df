package io.fdwork.sample.soak;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToLongFunction;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Says what very many connections have left in the processes of a fleet, and whether that
 * is nothing.
 */
final class Report {

	/**
	 * How much more of the heap may be used. A million forgotten objects of the smallest
	 * size are 16 MB.
	 */
	static final long MAX_HEAP_GROWTH = 8 << 20;

	private static final double MEGA = 1 << 20;

	private static final List<Row> ROWS = List.of(new Row("open descriptors", Figures::descriptors, false),
			new Row("threads", Figures::threads, false), new Row("heap after full GC, MB", Figures::heapBytes, true),
			new Row("native memory, MB", Figures::nativeBytes, true),
			new Row("resident memory, MB", Figures::residentBytes, true),
			new Row("descriptors of fdwork", Figures::own, false),
			new Row("leaked descriptors", Figures::leaked, false));

	private final SoakClient.Outcome outcome;

	private final Snapshot start;

	private final Snapshot end;

	Report(SoakClient.Outcome outcome, Snapshot start, Snapshot end) {
		this.outcome = outcome;
		this.start = start;
		this.end = end;
	}

	/**
	 * Return a sentence for each thing that is not as it should be.
	 */
	List<String> problems() {
		List<String> problems = new ArrayList<>();
		addProblemsOfClient(problems);
		if (!pids(this.start).equals(pids(this.end))) {
			problems.add("The processes are not the same: " + pids(this.start) + ", then " + pids(this.end) + ".");
		}
		else {
			this.end.processes()
				.forEach((name, now) -> addProblems(problems, name,
						Objects.requireNonNull(this.start.processes().get(name), name), now));
		}
		if (this.end.depth() != 0 || this.end.put() != this.end.got()) {
			problems.add(format("The queue is not empty: %,d put, %,d got, %,d in it.", this.end.put(), this.end.got(),
					this.end.depth()));
		}
		return problems;
	}

	private void addProblemsOfClient(List<String> problems) {
		if (this.outcome.failed() > 0) {
			problems.add(format("Of %,d connections %,d were not served: %s.", this.outcome.begun(),
					this.outcome.failed(), this.outcome.failures()));
		}
		if (this.outcome.begun() < this.outcome.wanted()) {
			problems.add(format("Only %,d of %,d connections were made, in %d s.", this.outcome.begun(),
					this.outcome.wanted(), this.outcome.time().toSeconds()));
		}
	}

	private static void addProblems(List<String> problems, String name, Figures before, Figures now) {
		if (now.descriptors() > before.descriptors()) {
			problems.add(
					format("%s has %,d open descriptors, and had %,d.", name, now.descriptors(), before.descriptors()));
		}
		if (now.own() > before.own()) {
			problems.add(format("fdwork owns %,d descriptors in %s, and owned %,d.", now.own(), name, before.own()));
		}
		if (now.leaked() > 0) {
			problems.add(format("%,d descriptors were leaked in %s.", now.leaked(), name));
		}
		if (now.heapBytes() - before.heapBytes() > MAX_HEAP_GROWTH) {
			problems.add(format("The heap of %s grew by %.1f MB, which is more than %.0f MB.", name,
					(now.heapBytes() - before.heapBytes()) / MEGA, MAX_HEAP_GROWTH / MEGA));
		}
	}

	private static Map<String, Long> pids(Snapshot snapshot) {
		Map<String, Long> pids = new LinkedHashMap<>();
		snapshot.processes().forEach((name, figures) -> pids.put(name, figures.pid()));
		return pids;
	}

	/**
	 * Return the figures as a table, and what is not as it should be.
	 */
	String text() {
		List<String> lines = new ArrayList<>();
		lines.add("");
		lines.add(format("%,d of %,d connections served in %.0f s, %,.0f a second", this.outcome.served(),
				this.outcome.wanted(), this.outcome.time().toNanos() / 1e9, this.outcome.perSecond()));
		this.outcome.examples().forEach((example) -> lines.add("  " + example));
		lines.add("");
		lines.add(format("%-10s%-26s%14s%14s%14s", "", "", "start", "end", "difference"));
		this.start.processes().forEach((name, before) -> {
			Figures now = this.end.processes().get(name);
			String label = name;
			for (Row row : ROWS) {
				lines.add(row.line(label, before, now));
				label = "";
			}
		});
		lines.add(line("queue", "put", this.start.put(), this.end.put()));
		lines.add(line("", "got", this.start.got(), this.end.got()));
		lines.add(line("", "depth", this.start.depth(), this.end.depth()));
		lines.add("");
		List<String> problems = problems();
		lines.addAll((problems.isEmpty()) ? List.of("Everything was served, and nothing is left of it.") : problems);
		return String.join("\n", lines);
	}

	private static String line(String label, String name, long before, long now) {
		return format("%-10s%-26s%,14d%,14d%,14d", label, name, before, now, now - before);
	}

	/**
	 * Return all of it as JSON.
	 */
	String json() {
		Map<String, Object> json = new LinkedHashMap<>();
		json.put("problems", problems());
		json.put("wanted", this.outcome.wanted());
		json.put("begun", this.outcome.begun());
		json.put("served", this.outcome.served());
		json.put("failures", this.outcome.failures());
		json.put("seconds", this.outcome.time().toMillis() / 1e3);
		json.put("start", this.start);
		json.put("end", this.end);
		return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(json);
	}

	private static String format(String format, Object... arguments) {
		return String.format(Locale.ROOT, format, arguments);
	}

	/**
	 * A line of the table for each process.
	 *
	 * @param name what it is
	 * @param figure which figure
	 * @param bytes whether it is a number of bytes
	 */
	private record Row(String name, ToLongFunction<Figures> figure, boolean bytes) {

		String line(String label, Figures before, @Nullable Figures now) {
			long from = this.figure.applyAsLong(before);
			if (now == null) {
				return format("%-10s%-26s%14s%14s", label, this.name, from, "gone");
			}
			long to = this.figure.applyAsLong(now);
			return (this.bytes) ? format("%-10s%-26s%14.1f%14.1f%14.1f", label, this.name, from / MEGA, to / MEGA,
					(to - from) / MEGA) : Report.line(label, this.name, from, to);
		}

	}

}
