package io.fdwork.sample.chaos;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * Says what became of the connections of a run.
 */
final class Report {

	private static final int MAX_UNEXPLAINED = 20;

	/**
	 * In a shorter time without a daemon nobody may have connected.
	 */
	private static final long MIN_OUTAGE_NANOS = TimeUnit.SECONDS.toNanos(2);

	private final List<Finding> findings;

	private final List<Trace> traces;

	private final List<Execution> executions;

	private final History history;

	Report(List<Finding> findings, List<Trace> traces, List<Execution> executions, History history) {
		this.findings = findings;
		this.traces = traces;
		this.executions = executions;
		this.history = history;
	}

	/**
	 * Return whether everything is explained, and workers stood in whenever they should.
	 */
	boolean isClean() {
		return this.findings.stream().allMatch(Finding::isExplained) && unserved() == 0;
	}

	/**
	 * Return how many times there was no daemon, and no worker accepted in its place.
	 */
	private long unserved() {
		return this.history.outages()
			.stream()
			.filter(this::shouldBeServed)
			.filter((outage) -> !isServed(outage))
			.count();
	}

	private boolean shouldBeServed(History.Outage outage) {
		Step.Kind kind = null;
		for (History.Event event : this.history.events()) {
			kind = (event.startNanos() <= outage.fromNanos()) ? event.kind() : kind;
		}
		return !outage.refusing() && kind != Step.Kind.KILL_DAEMON_QUIESCED
				&& outage.untilNanos() - outage.fromNanos() >= MIN_OUTAGE_NANOS;
	}

	private boolean isServed(History.Outage outage) {
		return this.traces.stream()
			.anyMatch((trace) -> trace.isAcceptedByWorker() && trace.gotNanos() >= outage.fromNanos()
					&& trace.gotNanos() <= outage.untilNanos());
	}

	/**
	 * Return how many steps were taken.
	 */
	long steps() {
		return this.history.events().size();
	}

	/**
	 * Return the report: what was lost and is not explained, how long there was no
	 * daemon, and how many connections ended how, where and when.
	 */
	String text() {
		List<String> lines = new ArrayList<>();
		lines.add("");
		addUnexplained(lines);
		addOutages(lines);
		addFates(lines);
		addKinds(lines);
		addExecutions(lines);
		if (unserved() > 0) {
			lines.add(unserved() + " times there was no daemon and no worker accepted in its place.");
		}
		long unexplained = count((finding) -> !finding.isExplained());
		lines.add((unexplained == 0) ? "Every loss is explained." : unexplained + " connections are not explained.");
		return String.join("\n", lines);
	}

	private void addExecutions(List<String> lines) {
		Map<String, Long> times = this.executions.stream()
			.collect(Collectors.groupingBy(Execution::name, Collectors.counting()));
		lines.add("");
		lines.add(String.format("Requests executed: %d, of these twice or more: %d. Killed: %d workers, %d daemons.",
				times.size(), times.values().stream().filter((count) -> count > 1).count(),
				this.history.workerKills().size(), this.history.daemonKills().size()));
		lines.add("Connections of which a request was replayed, and answered: "
				+ count((finding) -> finding.connection().fate() == Fate.REPLAYED) + ".");
	}

	private void addUnexplained(List<String> lines) {
		List<Finding> unexplained = this.findings.stream().filter((finding) -> !finding.isExplained()).toList();
		if (unexplained.isEmpty()) {
			return;
		}
		lines.add("Not explained (the first " + MAX_UNEXPLAINED + " of " + unexplained.size() + "):");
		unexplained.stream().limit(MAX_UNEXPLAINED).map(this::line).forEach(lines::add);
		lines.add("");
	}

	/**
	 * Return a line for each connection that was not served.
	 */
	List<String> losses() {
		return this.findings.stream()
			.filter((finding) -> !finding.isServed() || !finding.isExplained())
			.map(this::line)
			.toList();
	}

	private String line(Finding finding) {
		ClientConnection connection = finding.connection();
		Trace trace = finding.trace();
		return String.format(Locale.ROOT, "%9.3f s to %9.3f s  connection %d from port %d  %s  %s  %s  during %s  %s",
				seconds(connection.startNanos()), seconds(connection.endNanos()), connection.number(),
				connection.port(), connection.fate(), finding.place(),
				(trace != null)
						? "request " + trace.id() + ((trace.workers().isEmpty()) ? "" : " of worker " + trace.workers())
						: "no request",
				(finding.kind() != null) ? finding.kind() : "nothing",
				(finding.isExplained()) ? finding.reason() : "NOT EXPLAINED");
	}

	private double seconds(long nanos) {
		return (nanos - this.history.startNanos()) / 1e9;
	}

	private void addOutages(List<String> lines) {
		if (this.history.outages().isEmpty()) {
			return;
		}
		lines.add("Until the next daemon accepts, s                  median      max");
		lines.add(String.format(Locale.ROOT, "  since it was launched (%2d times)            %10s",
				this.history.outages().size(), medianAndMax(true)));
		lines.add(
				String.format(Locale.ROOT, "  since the one before was told to end         %10s", medianAndMax(false)));
		lines.add("Answered by workers that accepted in its place: "
				+ this.traces.stream().filter(Trace::isAcceptedByWorker).filter(Trace::isGot).count());
		lines.add("");
	}

	private String medianAndMax(boolean sinceLaunch) {
		double[] seconds = this.history.outages()
			.stream()
			.map((outage) -> accepted(outage, (sinceLaunch) ? outage.launchNanos() : outage.fromNanos()))
			.filter(Objects::nonNull)
			.mapToDouble((nanos) -> nanos / 1e9)
			.sorted()
			.toArray();
		return (seconds.length == 0) ? "nothing"
				: String.format(Locale.ROOT, "%9.2f%9.2f", seconds[seconds.length / 2], seconds[seconds.length - 1]);
	}

	private @Nullable Long accepted(History.Outage outage, long since) {
		return this.traces.stream()
			.filter((trace) -> trace.daemon() == outage.successor())
			.map((trace) -> trace.acceptedNanos() - since)
			.min(Long::compare)
			.orElse(null);
	}

	private void addFates(List<String> lines) {
		// Nobody goes home with one request
		List<Place> places = Arrays.stream(Place.values())
			.filter((place) -> place != Place.HOME || count((finding) -> finding.place() == place) > 0)
			.toList();
		StringBuilder head = new StringBuilder(String.format("%-12s", "fate"));
		places.forEach((place) -> head.append(String.format("%10s", name(place))));
		lines.add(head.toString());
		for (Fate fate : Fate.values()) {
			StringBuilder line = new StringBuilder(String.format("%-12s", name(fate)));
			for (Place place : places) {
				line.append(String.format("%10d",
						count((finding) -> finding.connection().fate() == fate && finding.place() == place)));
			}
			lines.add(line.toString());
		}
		lines.add("");
	}

	private void addKinds(List<String> lines) {
		lines.add(String.format("%-25s%6s%9s%11s%10s%9s%9s%9s%9s%9s%9s%9s%9s%13s", "during or after", "times", "served",
				"recovered", "replayed", "refused", "backlog", "daemon", "queue", "taken", "service", "answered",
				"stale", "unexplained"));
		lines.add(kindLine(null));
		Arrays.stream(Step.Kind.values()).filter((kind) -> times(kind) > 0).map(this::kindLine).forEach(lines::add);
		lines.add(line("total", this.history.events().size(), (finding) -> true));
	}

	private String kindLine(Step.@Nullable Kind kind) {
		return line((kind != null) ? name(kind) : "nothing", times(kind), (finding) -> finding.kind() == kind);
	}

	private long times(Step.@Nullable Kind kind) {
		return this.history.events().stream().filter((event) -> event.kind() == kind).count();
	}

	private String line(String name, long times, Predicate<Finding> filter) {
		return String.format("%-25s%6d%9d%11d%10d%9d%9d%9d%9d%9d%9d%9d%9d%13d", name, times,
				count(filter.and((finding) -> finding.connection().fate() == Fate.SERVED)),
				count(filter.and((finding) -> finding.connection().fate() == Fate.RECOVERED)),
				count(filter.and((finding) -> finding.connection().fate() == Fate.REPLAYED)), lost(filter, Place.PORT),
				lost(filter, Place.BACKLOG), lost(filter, Place.DAEMON), lost(filter, Place.QUEUE),
				lost(filter, Place.TAKEN), lost(filter, Place.SERVICE), lost(filter, Place.ANSWERED),
				count(filter.and((finding) -> finding.connection().fate() == Fate.STALE)),
				count(filter.and((finding) -> !finding.isExplained())));
	}

	private long lost(Predicate<Finding> filter, Place place) {
		return count(filter.and((finding) -> finding.isLost() && finding.place() == place));
	}

	private long count(Predicate<Finding> filter) {
		return this.findings.stream().filter(filter).count();
	}

	private static String name(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
	}

}
