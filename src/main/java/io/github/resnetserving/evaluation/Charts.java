package io.github.resnetserving.evaluation;

import io.github.resnetserving.evaluation.Evaluation.Bin;
import io.github.resnetserving.evaluation.Evaluation.Cell;
import io.github.resnetserving.models.Labels;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import org.knowm.xchart.internal.chartpart.Chart;
import org.knowm.xchart.style.Styler;

/** Draws an evaluation; every chart is a PNG. */
final class Charts {

  /** Classes whose names and numbers are readable side by side. */
  static final int READABLE = 20;

  private static final int LONGEST_NAME = 18;

  private Charts() {}

  static byte[] png(Chart<?, ?> chart) throws IOException {
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    return png(BitmapEncoder.getBufferedImage(chart));
  }

  static byte[] png(BufferedImage image) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(image, "png", bytes);
    return bytes.toByteArray();
  }

  /** Accuracy over probability; where they are equal, probabilities can be believed. */
  static byte[] reliability(Evaluation evaluation) throws IOException {
    CategoryChart chart =
        new CategoryChartBuilder()
            .width(720)
            .height(540)
            .title(
                String.format(
                    Locale.ROOT,
                    "Expected calibration error %.2f %%",
                    100 * evaluation.calibrationError()))
            .xAxisTitle("probability of the answer, upper end of the bin, in percent")
            .yAxisTitle("percent")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
    chart.getStyler().setOverlapped(true);
    List<Bin> bins = evaluation.bins();
    List<String> ends =
        IntStream.rangeClosed(1, bins.size())
            .mapToObj(i -> String.format(Locale.ROOT, "%.0f", 100.0 * i / bins.size()))
            .toList();
    chart.addSeries("right", ends, bins.stream().map(bin -> percent(bin.right(), bin)).toList());
    chart
        .addSeries(
            "mean probability",
            ends,
            bins.stream().map(bin -> percent(bin.confidence(), bin)).toList())
        .setChartCategorySeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
    return png(chart);
  }

  /** Null, which is not drawn, where there is nothing to divide. */
  private static @Nullable Double percent(double sum, Bin bin) {
    return bin.images() == 0 ? null : Double.valueOf(100 * sum / bin.images());
  }

  /**
   * What images of each class are taken for, in percent of the class's images.
   *
   * @param shown classes, at least one
   */
  static byte[] confusion(Evaluation evaluation, List<Integer> shown) throws IOException {
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(Math.max(480, 260 + 42 * shown.size()))
            .height(Math.max(380, 220 + 32 * shown.size()))
            .title("Percent of each class's images that get an answer")
            .xAxisTitle("answer")
            .yAxisTitle("class")
            .build();
    chart.getStyler().setShowValue(true).setHeatMapValueDecimalPattern("0");
    chart.getStyler().setRangeColors(new Color[] {Color.WHITE, new Color(0x2f6fb5)});
    chart.getStyler().setMin(0).setMax(100);
    chart.getStyler().setXAxisLabelRotation(60).setLegendVisible(false);
    chart.getStyler().setXAxisTickMarkSpacingHint(1).setYAxisTickMarkSpacingHint(1); // every name
    List<String> names = names(evaluation.labels(), shown);
    List<Evaluation.ClassResult> classes = evaluation.classes();
    List<Number[]> cells = new ArrayList<>();
    for (int answer = 0; answer < shown.size(); answer++) {
      for (int row = 0; row < shown.size(); row++) {
        int label = shown.get(shown.size() - 1 - row); // the first class on top
        int count = evaluation.confusion().getOrDefault(new Cell(label, shown.get(answer)), 0);
        int support = classes.get(label).support();
        cells.add(new Number[] {answer, row, support == 0 ? 0 : 100.0 * count / support});
      }
    }
    chart.addSeries("confusion", names, names.reversed(), cells);
    return png(chart);
  }

  /** Names that are short and different. */
  private static List<String> names(Labels labels, List<Integer> shown) {
    List<String> names = new ArrayList<>();
    for (int index : shown) {
      String name = labels.get(index).name();
      String brief =
          name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME - 1) + "…" : name;
      names.add(names.contains(brief) ? "%s (%d)".formatted(brief, index) : brief);
    }
    return names;
  }

  /**
   * The classes to show: all, or where they are too many to read those with the most wrong answers
   * from or to them, in their order.
   */
  static List<Integer> confused(Evaluation evaluation) {
    int count = evaluation.labels().count();
    int[] wrong = new int[count];
    evaluation
        .confusion()
        .forEach((cell, images) -> {
          if (cell.label() != cell.answer()) {
            wrong[cell.label()] += images;
            wrong[cell.answer()] += images;
          }
        });
    return IntStream.range(0, count)
        .boxed()
        .sorted(Comparator.comparingInt(i -> -wrong[i]))
        .limit(READABLE)
        .sorted()
        .toList();
  }

  /** The most frequent wrong answers, the most frequent first. */
  static List<Map.Entry<Cell, Integer>> confusions(Evaluation evaluation) {
    return evaluation.confusion().entrySet().stream()
        .filter(entry -> entry.getKey().label() != entry.getKey().answer())
        .sorted(Map.Entry.<Cell, Integer>comparingByValue().reversed())
        .limit(READABLE)
        .toList();
  }
}
