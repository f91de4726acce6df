package io.fdwork.internal.metrics;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One text of a daemon and its workers, in the text format of Prometheus or in
 * OpenMetrics: each family of meters once, with the samples of all processes behind each
 * other, and with labels that tell whose they are. Of a family that has different types,
 * those of the first process that has it are shown.
 */
public final class MergedExposition {

	/**
	 * The label of the samples of a daemon that have none of fdwork.
	 */
	static final Map<String, String> OF_DAEMON = Map.of("role", "daemon");

	private static final byte[] END = "# EOF\n".getBytes(StandardCharsets.UTF_8);

	/**
	 * The families of fdwork, in both formats.
	 */
	private static final Set<String> OWN = Stream.of(FdworkMeter.values())
		.map((meter) -> meter.meterName().replace('.', '_'))
		.flatMap((name) -> Stream.of(name, name + "_total", name + "_seconds"))
		.collect(Collectors.toUnmodifiableSet());

	private final Map<String, Family> families = new LinkedHashMap<>();

	private final Set<String> ofDaemon;

	private int length;

	/**
	 * Create a text of a daemon alone.
	 * @param daemon the text of the daemon
	 */
	public MergedExposition(byte[] daemon) {
		ExpositionText unlabelled = new ExpositionText(daemon, Map.of());
		ExpositionText labelled = new ExpositionText(daemon, OF_DAEMON);
		for (ExpositionText.Section section : labelled.sections()) {
			add((OWN.contains(section.family())) ? unlabelled : labelled, section);
		}
		this.ofDaemon = Set.copyOf(this.families.keySet());
	}

	/**
	 * Add the text of a worker. What fdwork measures in it the daemon has already.
	 * @param worker the text of the worker
	 * @param labels the names and values of the labels of its samples
	 */
	public void add(byte[] worker, Map<String, String> labels) {
		ExpositionText text = new ExpositionText(worker, labels);
		for (ExpositionText.Section section : text.sections()) {
			if (!OWN.contains(section.family()) || !this.ofDaemon.contains(section.family())) {
				add(text, section);
			}
		}
	}

	private void add(ExpositionText text, ExpositionText.Section section) {
		Family family = this.families.computeIfAbsent(section.family(), (name) -> new Family(text, section));
		if (family.first().type().equals(section.type())) {
			family.samples().add(new Samples(text, section));
			this.length += text.length(section);
		}
	}

	/**
	 * Return the whole.
	 * @param openMetrics whether the format is OpenMetrics, which says where it ends
	 * @return the text
	 */
	public byte[] toByteArray(boolean openMetrics) {
		ExpositionOutput output = new ExpositionOutput(this.length + END.length);
		for (Family family : this.families.values()) {
			family.owner().writeHeader(family.first(), output);
			family.samples().forEach((samples) -> samples.text().writeSamples(samples.section(), output));
		}
		if (openMetrics) {
			output.writeBytes(END);
		}
		return output.toByteArray();
	}

	/**
	 * A family of meters.
	 *
	 * @param owner who has its header
	 * @param first where it is there
	 * @param samples the samples of all who have it
	 */
	private record Family(ExpositionText owner, ExpositionText.Section first, List<Samples> samples) {

		Family(ExpositionText owner, ExpositionText.Section first) {
			this(owner, first, new ArrayList<>());
		}

	}

	/**
	 * The samples that one process has of a family.
	 */
	private record Samples(ExpositionText text, ExpositionText.Section section) {
	}

	/**
	 * What can take back what was written last.
	 */
	static final class ExpositionOutput extends ByteArrayOutputStream {

		ExpositionOutput(int size) {
			super(size);
		}

		void cutTo(int size) {
			this.count = size;
		}

	}

}
