package io.fdwork.internal.metrics;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import io.fdwork.internal.metrics.MergedExposition.ExpositionOutput;

/**
 * The meters of one process as text, and the labels that its samples get. A label of the
 * same name that a sample has already is called {@code exported_} and its name, as a
 * Prometheus does that is in the same case.
 */
final class ExpositionText {

	private static final Set<String> HEADERS = Set.of("HELP", "TYPE", "UNIT");

	private static final byte[] EXPORTED = "exported_".getBytes(StandardCharsets.UTF_8);

	private final byte[] text;

	private final byte[] labels;

	private final Set<String> labelNames;

	private final List<Section> sections = new ArrayList<>();

	ExpositionText(byte[] text, Map<String, String> labels) {
		this.text = text;
		this.labels = labels.entrySet()
			.stream()
			.map((label) -> label.getKey() + "=\"" + escape(label.getValue()) + "\"")
			.sorted()
			.collect(Collectors.joining(","))
			.getBytes(StandardCharsets.UTF_8);
		this.labelNames = labels.keySet();
		split();
	}

	private static String escape(String value) {
		return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
	}

	/**
	 * A sample belongs to the family whose header comes before it.
	 */
	private void split() {
		int header = 0;
		int samples = 0;
		int lines = 0;
		String family = "";
		String type = "";
		for (int start = 0; start < this.text.length; start = endOfLine(start) + 1) {
			if (this.text[start] != '#') {
				lines++;
				continue;
			}
			String[] words = text(start, endOfLine(start)).split(" ", 4);
			if (words.length < 3 || !HEADERS.contains(words[1])) {
				continue;
			}
			if (!words[2].equals(family)) {
				addSection(family, type, header, samples, start, lines);
				family = words[2];
				type = "";
				header = start;
				lines = 0;
			}
			if (words[1].equals("TYPE")) {
				type = words[words.length - 1];
			}
			if (lines == 0) {
				samples = Math.min(this.text.length, endOfLine(start) + 1);
			}
		}
		addSection(family, type, header, samples, this.text.length, lines);
	}

	private void addSection(String family, String type, int header, int samples, int end, int lines) {
		if (!family.isEmpty() && lines > 0) {
			this.sections.add(new Section(family, type, header, samples, end, lines));
		}
	}

	private int endOfLine(int start) {
		return indexOf('\n', start, this.text.length);
	}

	private int indexOf(char wanted, int start, int end) {
		int index = start;
		while (index < end && this.text[index] != wanted) {
			index++;
		}
		return index;
	}

	private String text(int start, int end) {
		return new String(this.text, start, end - start, StandardCharsets.UTF_8);
	}

	/**
	 * Return the families that have samples, in their order.
	 */
	List<Section> sections() {
		return this.sections;
	}

	/**
	 * Return how many bytes a section may take at most, unless labels have new names.
	 */
	int length(Section section) {
		return section.end() - section.header() + section.lines() * (this.labels.length + "{}\n".length());
	}

	void writeHeader(Section section, ExpositionOutput output) {
		output.write(this.text, section.header(), section.samples() - section.header());
	}

	void writeSamples(Section section, ExpositionOutput output) {
		for (int start = section.samples(); start < section.end(); start = endOfLine(start) + 1) {
			int size = output.size();
			if (!writeSample(start, endOfLine(start), output)) {
				output.cutTo(size);
			}
		}
	}

	/**
	 * Write a sample.
	 * @return whether it is one
	 */
	private boolean writeSample(int start, int end, ExpositionOutput output) {
		int open = Math.min(indexOf('{', start, end), indexOf(' ', start, end));
		if (open == start || open == end || this.text[start] == '#') {
			return false;
		}
		output.write(this.text, start, open - start);
		int rest = open;
		if (this.text[open] == '{' || this.labels.length > 0) {
			output.write('{');
			output.writeBytes(this.labels);
			if (this.text[open] == '{') {
				rest = writeLabels(open + 1, end, output);
			}
			output.write('}');
		}
		if (rest < 0 || rest >= end) {
			return false;
		}
		output.write(this.text, rest, end - rest);
		output.write('\n');
		return true;
	}

	/**
	 * Write the labels that a sample has.
	 * @return the index behind the end of its labels, or -1 if there is no such end
	 */
	private int writeLabels(int start, int end, ExpositionOutput output) {
		boolean separated = this.labels.length == 0;
		int index = start;
		while (index < end && this.text[index] != '}') {
			int equal = indexOf('=', index, end);
			int close = endOfValue(equal + 1, end);
			if (close < 0) {
				return -1;
			}
			if (!separated) {
				output.write(',');
			}
			separated = false;
			if (this.labelNames.contains(text(index, equal))) {
				output.writeBytes(EXPORTED);
			}
			output.write(this.text, index, close - index);
			index = (close < end && this.text[close] == ',') ? close + 1 : close;
		}
		return (index < end) ? index + 1 : -1;
	}

	/**
	 * Return the index behind a value in quotes, or -1 if it is none.
	 */
	private int endOfValue(int start, int end) {
		if (start >= end || this.text[start] != '"') {
			return -1;
		}
		int index = start + 1;
		while (index < end && this.text[index] != '"') {
			index += (this.text[index] == '\\') ? 2 : 1;
		}
		return (index < end) ? index + 1 : -1;
	}

	/**
	 * What one process has of a family.
	 *
	 * @param family the name of the family
	 * @param type its type, empty if that is not said
	 * @param header where its header begins
	 * @param samples where its samples begin
	 * @param end where these end
	 * @param lines how many there are
	 */
	record Section(String family, String type, int header, int samples, int end, int lines) {
	}

}
