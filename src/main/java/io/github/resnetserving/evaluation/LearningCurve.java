package io.github.resnetserving.evaluation;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws accuracies and losses over the epochs of a training. */
public final class LearningCurve {

  private LearningCurve() {}

  /**
   * Draws the history, which has at least one epoch. Numbers that are not finite are left out.
   *
   * @return a PNG
   */
  public static byte[] png(String title, List<Epoch> history) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(540)
            .title(title)
            .xAxisTitle("epoch")
            .yAxisTitle("accuracy in percent")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideSE);
    chart.setYAxisGroupTitle(1, "loss");
    chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
    for (String name : names(history)) {
      switch (Epoch.quantity(name)) {
        case Epoch.ACCURACY -> add(chart, name, history, 100, 0);
        case Epoch.LOSS -> add(chart, name, history, 1, 1);
        default -> {} // no axis for it
      }
    }
    return Charts.png(chart);
  }

  /** All names of values, as they come first. */
  static SequencedSet<String> names(List<Epoch> history) {
    SequencedSet<String> names = new LinkedHashSet<>();
    history.forEach(epoch -> names.addAll(epoch.values().keySet()));
    return names;
  }

  private static void add(
      XYChart chart, String name, List<Epoch> history, double factor, int axis) {
    List<Epoch> finite =
        history.stream()
            .filter(epoch -> Double.isFinite(epoch.values().getOrDefault(name, Double.NaN)))
            .toList();
    if (finite.isEmpty()) {
      return;
    }
    double[] epochs = finite.stream().mapToDouble(Epoch::number).toArray();
    double[] values =
        finite.stream().mapToDouble(e -> factor * e.values().getOrDefault(name, 0.0)).toArray();
    chart
        .addSeries(title(name), epochs, values)
        .setMarker(epochs.length == 1 ? SeriesMarkers.CIRCLE : SeriesMarkers.NONE)
        .setYAxisGroup(axis);
  }

  /** {@code accuracy/validation} as people say it. */
  private static String title(String name) {
    String[] parts = name.split("/", 2);
    return parts.length == 1 ? name : parts[1] + " " + parts[0];
  }
}
