package io.fdwork.sample;

import java.io.IOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import io.fdwork.sample.PanelChart.Mark;
import io.fdwork.sample.PanelChart.Series;
import tools.jackson.databind.JsonNode;

/**
 * A picture of a dashboard for Grafana with data of a Prometheus, as SVG: its panels at
 * their places, with what its expressions said over a time, and its annotations as lines.
 */
final class DashboardPicture {

	private static final int WIDTH = 1280;

	private static final int HEAD = 56;

	private static final int MARGIN = 12;

	private static final int GAP = 8;

	private static final int UNIT = 24;

	private static final double COLUMN = (WIDTH - 2 * MARGIN + GAP) / 24.0;

	private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

	private static final Map<String, String> COLORS = Map.of("green", "#73bf69", "orange", "#ff9830", "red", "#f2495c",
			"blue", "#5794f2");

	private final StringBuilder svg = new StringBuilder();

	private final JsonNode dashboard;

	private final Query query;

	private final PanelChart.Time time;

	private final List<Mark> marks = new ArrayList<>();

	/**
	 * Draw a dashboard.
	 * @param dashboard its file
	 * @param query evaluates what has an expression
	 * @param time the time that is shown
	 */
	DashboardPicture(JsonNode dashboard, Query query, PanelChart.Time time) {
		this.dashboard = dashboard;
		this.query = query;
		this.time = time;
	}

	String draw() throws IOException {
		int height = HEAD + GAP;
		for (JsonNode panel : this.dashboard.path("panels")) {
			height = Math.max(height, (int) (top(panel) + height(panel)) + MARGIN);
		}
		this.svg.append(String.format(Locale.ROOT, """
				<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %1$s %2$s" width="%1$s" height="%2$s" \
				font-family="Inter, 'Helvetica Neue', Roboto, 'DejaVu Sans', Arial, sans-serif">
				<rect width="%1$s" height="%2$s" fill="#111217"/>
				""", WIDTH, height));
		head();
		for (JsonNode panel : this.dashboard.path("panels")) {
			panel(panel);
		}
		return this.svg.append("</svg>\n").toString();
	}

	private void head() throws IOException {
		this.svg.append("<rect width='%s' height='%s' fill='#181b1f'/>".formatted(WIDTH, HEAD - GAP));
		text(MARGIN + 4, 31, 17, "#d5d6de", "font-weight='600'", this.dashboard.path("title").asString());
		double x = 120;
		for (JsonNode annotation : this.dashboard.at("/annotations/list")) {
			if (annotation.has("expr")) {
				String color = COLORS.getOrDefault(annotation.path("iconColor").asString(), "#8ab8ff");
				mark(annotation, color);
				String name = annotation.path("name").asString();
				this.svg.append("<path d='M%1$s 18v14' stroke='%2$s' stroke-width='1.5' stroke-dasharray='3 2'/>"
					.formatted(n(x), color));
				text(x + 8, 29.5, 12.5, "#9fa0ab", "", name);
				x += 40 + PanelChart.width(name, 12.5);
			}
		}
		text(WIDTH - MARGIN - 4, 29.5, 12.5, "#ccccdc", "text-anchor='end'",
				TIME.format(Instant.ofEpochSecond(this.time.from())) + " to "
						+ TIME.format(Instant.ofEpochSecond(this.time.to())) + " UTC");
		this.svg.append('\n');
	}

	/**
	 * Mark where the expression begins to have a value.
	 */
	private void mark(JsonNode annotation, String color) throws IOException {
		for (JsonNode series : this.query.evaluate(annotation)) {
			double last = 0;
			for (JsonNode point : series.path("values")) {
				double at = point.get(0).asDouble();
				if (at - last > 1.5 * this.time.step()) {
					this.marks.add(new Mark(at, color));
				}
				last = at;
			}
		}
	}

	private static double top(JsonNode panel) {
		return HEAD + panel.at("/gridPos/y").asInt() * (UNIT + GAP);
	}

	private static double height(JsonNode panel) {
		int units = panel.at("/gridPos/h").asInt();
		return units * UNIT + (units - 1) * GAP;
	}

	private void panel(JsonNode panel) throws IOException {
		double x = MARGIN + panel.at("/gridPos/x").asInt() * COLUMN;
		double width = panel.at("/gridPos/w").asInt() * COLUMN - GAP;
		double height = height(panel);
		String title = panel.path("title").asString();
		this.svg.append("<g transform='translate(%s %s)'>".formatted(n(x), n(top(panel))));
		if (panel.path("type").asString().equals("row")) {
			this.svg.append("<path d='M4 10l5 5 5-5' fill='none' stroke='#ccccdc' stroke-width='1.5'/>");
			text(22, 17, 14, "#ccccdc", "font-weight='600'", title);
		}
		else {
			this.svg.append("<rect width='%s' height='%s' rx='3' fill='#181b1f' stroke='#25272e'/>".formatted(n(width),
					n(height)));
			text(10, 20, 12.5, "#ccccdc", "font-weight='500'", PanelChart.fit(title, width - 16, 12.5));
			List<Series> series = series(panel);
			PanelChart chart = new PanelChart(panel.at("/fieldConfig/defaults"), this.time, this.svg, this::text);
			if (panel.path("type").asString().equals("stat")) {
				chart.drawValue(series.get(0), color(panel, series.get(0).last()), width, height);
			}
			else {
				chart.draw(series, this.marks, width, height);
			}
		}
		this.svg.append("</g>\n");
	}

	private List<Series> series(JsonNode panel) throws IOException {
		List<Series> series = new ArrayList<>();
		for (JsonNode target : panel.path("targets")) {
			for (JsonNode one : this.query.evaluate(target)) {
				String name = target.path("legendFormat").asString();
				for (Map.Entry<String, JsonNode> label : one.path("metric").properties()) {
					name = name.replace("{{" + label.getKey() + "}}", label.getValue().asString());
				}
				Map<Double, Double> points = new LinkedHashMap<>();
				for (JsonNode point : one.path("values")) {
					double value = Double.parseDouble(point.get(1).asString().replace("+Inf", "NaN"));
					if (!Double.isNaN(value)) {
						points.put(point.get(0).asDouble(), value);
					}
				}
				if (!points.isEmpty()) {
					series.add(new Series(name, points));
				}
			}
		}
		return series;
	}

	private static String color(JsonNode panel, double value) {
		String color = "green";
		for (JsonNode step : panel.at("/fieldConfig/defaults/thresholds/steps")) {
			if (step.path("value").isNull() || value >= step.path("value").asDouble()) {
				color = step.path("color").asString();
			}
		}
		return COLORS.get(color);
	}

	private void text(double x, double y, double size, String color, String attributes, String text) {
		this.svg.append("<text x='%s' y='%s' font-size='%s' fill='%s' %s>%s</text>".formatted(n(x), n(y), n(size),
				color, attributes, text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")));
	}

	/**
	 * Return a number as short as it can be.
	 */
	static String n(double number) {
		String text = String.format(Locale.ROOT, "%.1f", number);
		return (text.endsWith(".0")) ? text.substring(0, text.length() - 2) : text;
	}

	/**
	 * Evaluates the expression of a panel or an annotation over the time that is shown.
	 */
	interface Query {

		/**
		 * Return the series, as Prometheus says them.
		 */
		JsonNode evaluate(JsonNode target) throws IOException;

	}

	/**
	 * Writes text at a place, of a size and a colour, with more attributes.
	 */
	interface Text {

		void write(double x, double y, double size, String color, String attributes, String text);

	}

}
