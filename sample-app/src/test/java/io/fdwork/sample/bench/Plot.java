package io.fdwork.sample.bench;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;

import org.knowm.xchart.BoxChart;
import org.knowm.xchart.BoxChartBuilder;
import org.knowm.xchart.VectorGraphicsEncoder;
import org.knowm.xchart.VectorGraphicsEncoder.VectorGraphicsFormat;

/**
 * Draws the figure of a result that counts most: a box for each contender, with the median
 * and the range of its rounds.
 */
final class Plot {

	private static final int WIDTH = 900;

	private static final int HEIGHT = 500;

	private static final int LABEL_DEGREES = 45;

	private Plot() {
	}

	/**
	 * Write a picture.
	 * @param result what is drawn
	 * @param file where to, with the suffix {@code .svg}
	 */
	static void write(Result result, Path file) throws IOException {
		Figure figure = result.figures().get(0);
		BoxChart chart = new BoxChartBuilder().width(WIDTH)
			.height(HEIGHT)
			.title(result.workload() + ": " + figure.label())
			.yAxisTitle(figure.label())
			.build();
		chart.getStyler().setXAxisLabelRotation(LABEL_DEGREES).setChartBackgroundColor(Color.WHITE);
		double highest = 0;
		for (String contender : result.contenders().keySet()) {
			double[] values = result.values(contender, figure);
			if (values.length > 0) {
				chart.addSeries(contender, values);
				highest = Math.max(highest, Spread.of(values).max());
			}
		}
		// Ratios can be seen only when the axis begins at nothing
		chart.getStyler().setYAxisMin(0.0).setYAxisMax(1.05 * highest);
		VectorGraphicsEncoder.saveVectorGraphic(chart, file.toString(), VectorGraphicsFormat.SVG);
	}

}
