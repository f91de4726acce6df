package io.fdwork.sample.bench;

import java.awt.Color;
import java.awt.Dimension;
import java.awt.geom.Rectangle2D;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;

import org.apache.batik.svggen.SVGGraphics2D;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.plot.PlotOrientation;
import org.jfree.chart.renderer.category.BoxAndWhiskerRenderer;
import org.jfree.data.statistics.BoxAndWhiskerCalculator;
import org.jfree.data.statistics.BoxAndWhiskerItem;
import org.jfree.data.statistics.DefaultBoxAndWhiskerCategoryDataset;
import org.w3c.dom.Document;

/**
 * Draws the figure of a result that counts most: a box for each contender, with the
 * median and the range of its rounds.
 */
final class Plot {

	private static final int WIDTH = 800;

	private static final int HEIGHT = 100;

	private static final int HEIGHT_OF_CONTENDER = 30;

	private static final float WIDTH_OF_LABELS = 0.3f;

	private static final double WIDTH_OF_BOX = 0.05;

	private static final Color COLOR = new Color(70, 130, 180);

	private Plot() {
	}

	/**
	 * Write a picture.
	 * @param result what is drawn
	 * @param file where to, as SVG
	 */
	static void write(Result result, Path file) throws IOException {
		DefaultBoxAndWhiskerCategoryDataset values = values(result);
		SVGGraphics2D graphics = new SVGGraphics2D(document());
		Dimension size = new Dimension(WIDTH, HEIGHT + HEIGHT_OF_CONTENDER * values.getColumnCount());
		graphics.setSVGCanvasSize(size);
		chart(result, values).draw(graphics, new Rectangle2D.Double(0, 0, size.width, size.height));
		try (Writer writer = Files.newBufferedWriter(file)) {
			graphics.stream(writer, true);
		}
	}

	private static DefaultBoxAndWhiskerCategoryDataset values(Result result) {
		DefaultBoxAndWhiskerCategoryDataset values = new DefaultBoxAndWhiskerCategoryDataset();
		Figure figure = result.figures().get(0);
		for (String contender : result.contenders().keySet()) {
			double[] rounds = result.values(contender, figure);
			if (rounds.length > 0) {
				values.add(box(rounds), figure, contender);
			}
		}
		return values;
	}

	// Not that of the library, which leaves outliers out of the range
	private static BoxAndWhiskerItem box(double[] rounds) {
		Spread spread = Spread.of(rounds);
		List<Double> sorted = Arrays.stream(rounds).sorted().boxed().toList();
		return new BoxAndWhiskerItem(spread.median(), spread.median(), BoxAndWhiskerCalculator.calculateQ1(sorted),
				BoxAndWhiskerCalculator.calculateQ3(sorted), spread.min(), spread.max(), spread.min(), spread.max(),
				List.of());
	}

	private static JFreeChart chart(Result result, DefaultBoxAndWhiskerCategoryDataset values) {
		String label = result.figures().get(0).label();
		JFreeChart chart = ChartFactory.createBoxAndWhiskerChart(result.workload(), null, label, values, false);
		CategoryPlot plot = chart.getCategoryPlot();
		plot.setBackgroundPaint(Color.WHITE);
		plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
		plot.setOrientation(PlotOrientation.HORIZONTAL);
		plot.getDomainAxis().setMaximumCategoryLabelWidthRatio(WIDTH_OF_LABELS);
		// Ratios can be seen only when the axis begins at nothing
		((NumberAxis) plot.getRangeAxis()).setAutoRangeIncludesZero(true);
		BoxAndWhiskerRenderer renderer = (BoxAndWhiskerRenderer) plot.getRenderer();
		renderer.setMeanVisible(false);
		renderer.setMaximumBarWidth(WIDTH_OF_BOX);
		renderer.setSeriesPaint(0, COLOR);
		return chart;
	}

	private static Document document() throws IOException {
		try {
			return DocumentBuilderFactory.newInstance()
				.newDocumentBuilder()
				.getDOMImplementation()
				.createDocument("http://www.w3.org/2000/svg", "svg", null);
		}
		catch (ParserConfigurationException ex) {
			throw new IOException(ex);
		}
	}

}
