package io.fdwork.sample;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.fdwork.sample.DashboardPicture.Text;
import tools.jackson.databind.JsonNode;

import static io.fdwork.sample.DashboardPicture.n;

/**
 * What is within one panel of a {@link DashboardPicture}: axes, lines, areas or bars, and
 * a legend, or one value.
 */
final class PanelChart {

	private static final String[] PALETTE = { "#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2",
			"#b877d9", "#ffa6b0", "#37872d", "#fade2a", "#c0d8ff", "#ca95e5", "#ff9830", "#3274d9", "#96d98d",
			"#c4162a" };

	private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

	private static final String DIM = "#9fa0ab";

	private static final double SMALL = 11;

	private static final int LEGEND_LINES = 2;

	private final JsonNode field;

	private final Time time;

	private final StringBuilder svg;

	private final Text text;

	// Of the plot
	private double left;

	private double right;

	private double bottom;

	private final double top = 36;

	private double max;

	/**
	 * Create a chart.
	 * @param field how the panel wants its values
	 * @param time the time that is shown
	 * @param svg what is drawn into
	 * @param text writes into it
	 */
	PanelChart(JsonNode field, Time time, StringBuilder svg, Text text) {
		this.field = field;
		this.time = time;
		this.svg = svg;
		this.text = text;
	}

	/**
	 * Draw the last value, above how it came to it.
	 */
	void drawValue(Series series, String color, double width, double height) {
		this.left = 1;
		this.right = width - 1;
		this.bottom = height - 1;
		this.max = Math.max(1e-9,
				2.6 * series.points().values().stream().mapToDouble(Double::doubleValue).max().orElse(0));
		path(series.points(), Map.of(), color, 0.18, 1);
		this.text.write(width / 2, height / 2 + 17, 34, color, "font-weight='600' text-anchor='middle'",
				format(series.last()));
	}

	void draw(List<Series> all, List<Mark> marks, double width, double height) {
		this.right = width - 14;
		this.bottom = height - 26 - legend(all, width, height);
		boolean stacked = this.field.at("/custom/stacking/mode").asString("").equals("normal");
		Map<Double, Double> sums = new HashMap<>();
		double most = 0;
		for (Series series : all) {
			for (Map.Entry<Double, Double> point : series.points().entrySet()) {
				most = Math.max(most,
						(stacked) ? sums.merge(point.getKey(), point.getValue(), Double::sum) : point.getValue());
			}
		}
		axes(most);
		sums.clear();
		boolean bars = this.field.at("/custom/drawStyle").asString().equals("bars");
		double opacity = this.field.at("/custom/fillOpacity").asDouble() / 100;
		for (int i = 0; i < all.size(); i++) {
			String color = PALETTE[i % PALETTE.length];
			Map<Double, Double> points = all.get(i).points();
			Map<Double, Double> below = (stacked) ? Map.copyOf(sums) : Map.of();
			if (bars) {
				bars(points, color);
			}
			else {
				path(points, below, color, opacity, 1.4);
			}
			if (stacked) {
				points.forEach((at, value) -> sums.merge(at, value, Double::sum));
			}
		}
		for (Mark mark : marks) {
			double x = x(mark.at());
			this.svg.append("<path d='M%1$s %2$sV%3$s' stroke='%4$s' stroke-dasharray='3 3' opacity='.8'/>"
				.formatted(n(x), n(this.top), n(this.bottom), mark.color()));
			this.svg.append("<path d='M%1$s %2$sl-4 6h8z' fill='%3$s'/>".formatted(n(x), n(this.bottom), mark.color()));
		}
	}

	/**
	 * Draw the names from below upwards, as many as there is room for.
	 * @return how high they are
	 */
	private double legend(List<Series> all, double width, double height) {
		double x = 12;
		int line = 0;
		StringBuilder swatches = new StringBuilder();
		double lines = Math.min(LEGEND_LINES, lines(all, width));
		for (int i = 0; i < all.size(); i++) {
			String name = fit(all.get(i).name(), width - 60, SMALL);
			double needed = 34 + width(name, SMALL);
			boolean more = i < all.size() - 1;
			if (x + needed + ((more && line == lines - 1) ? 60 : 0) > width && x > 12) {
				line++;
				x = 12;
			}
			double y = height - 10 - (lines - 1 - line) * 17;
			if (line >= lines) {
				this.text.write(width - 12, height - 10, SMALL, DIM, "text-anchor='end'", (all.size() - i) + " more");
				break;
			}
			swatches.append("<rect x='%s' y='%s' width='13' height='4' rx='2' fill='%s'/>".formatted(n(x), n(y - 6),
					PALETTE[i % PALETTE.length]));
			this.text.write(x + 18, y, SMALL, "#ccccdc", "", name);
			x += needed;
		}
		this.svg.append(swatches);
		return lines * 17;
	}

	private static int lines(List<Series> all, double width) {
		double x = 12;
		int lines = 1;
		for (Series series : all) {
			double needed = 34 + width(series.name(), SMALL);
			if (x + needed > width && x > 12) {
				lines++;
				x = 12;
			}
			x += needed;
		}
		return lines;
	}

	private void axes(double most) {
		double step = step(most);
		this.max = Math.max(step, Math.ceil(most * 1.02 / step) * step);
		double widest = 0;
		for (double value = 0; value <= this.max * 1.001; value += step) {
			widest = Math.max(widest, width(format(value), SMALL));
		}
		this.left = 18 + widest;
		for (double value = 0; value <= this.max * 1.001; value += step) {
			double y = y(value);
			this.svg.append("<path d='M%s %sH%s' stroke='#2b2d33'/>".formatted(n(this.left), n(y), n(this.right)));
			this.text.write(this.left - 8, y + 4, SMALL, DIM, "text-anchor='end'", format(value));
		}
		long every = every();
		for (long at = (this.time.from() / every + 1) * every; at <= this.time.to(); at += every) {
			double x = x(at);
			this.svg.append("<path d='M%s %sV%s' stroke='#25272e'/>".formatted(n(x), n(this.top), n(this.bottom)));
			if (x > this.left + 20 && x < this.right - 16) {
				this.text.write(x, this.bottom + 18, SMALL, DIM, "text-anchor='middle'",
						TIME.format(Instant.ofEpochSecond(at)));
			}
		}
	}

	/**
	 * Return how far apart the lines across are: round for people.
	 */
	private double step(double most) {
		if (most == 0) {
			return 1;
		}
		double wanted = Math.max(most, 1e-6) / 4;
		if (this.field.path("unit").asString().equals("bytes")) {
			return Math.pow(2, Math.ceil(Math.log(wanted) / Math.log(2)));
		}
		double power = Math.pow(10, Math.floor(Math.log10(wanted)));
		double step = power * ((wanted <= power) ? 1 : (wanted <= 2 * power) ? 2 : (wanted <= 5 * power) ? 5 : 10);
		return (this.field.path("unit").asString().equals("short") && most >= 1) ? Math.max(1, step) : step;
	}

	private long every() {
		for (long every : new long[] { 5, 10, 15, 30, 60, 120, 300 }) {
			if ((this.time.to() - this.time.from()) / every <= (this.right - this.left) / 80) {
				return every;
			}
		}
		return 600;
	}

	private void bars(Map<Double, Double> points, String color) {
		double width = Math.max(2, (x(this.time.step()) - x(0)) * 0.8);
		points.forEach(
				(at, value) -> this.svg.append("<rect x='%s' y='%s' width='%s' height='%s' fill='%s' opacity='.8'/>"
					.formatted(n(x(at) - width / 2), n(y(value)), n(width), n(this.bottom - y(value)), color)));
	}

	/**
	 * Draw a line, which is interrupted where there is no value, above an area.
	 */
	private void path(Map<Double, Double> points, Map<Double, Double> below, String color, double opacity,
			double width) {
		StringBuilder line = new StringBuilder();
		StringBuilder area = new StringBuilder();
		StringBuilder back = new StringBuilder();
		double last = Double.NaN;
		for (Map.Entry<Double, Double> point : points.entrySet()) {
			double at = point.getKey();
			double base = below.getOrDefault(at, 0.0);
			String place = n(x(at)) + " " + n(y(base + point.getValue()));
			boolean begins = !(at - last <= 1.5 * this.time.step());
			if (begins) {
				area.append(back).append((back.isEmpty()) ? "" : "z");
				back.setLength(0);
			}
			line.append((begins) ? "M" : "L").append(place);
			area.append((begins) ? "M" : "L").append(place);
			back.insert(0, "L" + n(x(at)) + " " + n(y(base)));
			last = at;
		}
		area.append(back).append("z");
		this.svg.append("<path d='%s' fill='%s' opacity='%s'/>".formatted(area, color, opacity));
		this.svg.append(
				"<path d='%s' fill='none' stroke='%s' stroke-width='%s' stroke-linejoin='round' stroke-linecap='round'/>"
					.formatted(line, color, width));
	}

	private double x(double at) {
		return this.left + (this.right - this.left) * (at - this.time.from()) / (this.time.to() - this.time.from());
	}

	private double y(double value) {
		return this.bottom - (this.bottom - this.top) * value / this.max;
	}

	private String format(double value) {
		return switch (this.field.path("unit").asString()) {
			case "bytes" -> scaled(value, 1024, " B", " KiB", " MiB", " GiB");
			case "percentunit" -> round(value * 100) + "%";
			case "reqps" -> scaled(value, 1000, " req/s", "k req/s");
			case "ops" -> scaled(value, 1000, " ops/s", "k ops/s");
			case "s" -> (value == 0) ? "0 s" : (value < 1e-3) ? round(value * 1e6) + " µs"
					: (value < 1) ? round(value * 1e3) + " ms" : round(value) + " s";
			default -> scaled(value, 1000, "", " K", " Mil");
		};
	}

	private static String scaled(double value, double base, String... units) {
		int unit = 0;
		while (Math.abs(value) >= base && unit < units.length - 1) {
			value /= base;
			unit++;
		}
		return round(value) + units[unit];
	}

	private static String round(double value) {
		int digits = (Math.abs(value) >= 100) ? 0 : (Math.abs(value) >= 10) ? 1 : 2;
		String text = String.format(Locale.ROOT, "%." + digits + "f", value);
		return (text.contains(".")) ? text.replaceFirst("\\.?0+$", "") : text;
	}

	/**
	 * Return about how wide a text is, as nobody knows with which font it is shown.
	 */
	static double width(String text, double size) {
		return text.length() * size * 0.56;
	}

	/**
	 * Return as much of a text as has room.
	 */
	static String fit(String text, double width, double size) {
		int most = (int) (width / (size * 0.53));
		return (text.length() <= most) ? text : text.substring(0, most - 1).strip() + "…";
	}

	/**
	 * The time that is shown, and how far apart values are, in seconds.
	 */
	record Time(long from, long to, long step) {

	}

	/**
	 * The values of a name by their time.
	 */
	record Series(String name, Map<Double, Double> points) {

		double last() {
			double last = 0;
			for (double value : this.points.values()) {
				last = value;
			}
			return last;
		}

	}

	/**
	 * Something that has happened at a time.
	 */
	record Mark(double at, String color) {

	}

}
