package io.github.resnetserving.capacity;

import java.awt.Color;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.ToDoubleFunction;
import javax.imageio.ImageIO;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Draws response times of one process over its load. */
public final class LatencyChart {

  private LatencyChart() {}

  /** Draws the loads of a plan up to its capacity, its knee, and the p99 that is wanted; a PNG. */
  public static byte[] png(String title, CapacityPlan plan) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(540)
            .title(title)
            .xAxisTitle("requests a second, of one process")
            .yAxisTitle("milliseconds")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideNW);
    chart.getStyler().setChartBackgroundColor(Color.WHITE);
    // At the capacity the queue is full, and nothing else would be seen.
    List<LoadPoint> shown = plan.loads().subList(0, plan.loads().size() - 1);
    add(chart, "p50", shown, LoadPoint::p50);
    add(chart, "p95", shown, LoadPoint::p95);
    add(chart, "p99", shown, LoadPoint::p99);
    add(chart, "wanted p99", shown, _ -> plan.wanted().p99Millis());
    chart
        .addSeries("knee", new double[] {plan.knee().rate()}, new double[] {plan.knee().p99()})
        .setMarker(SeriesMarkers.DIAMOND);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", bytes);
    return bytes.toByteArray();
  }

  private static void add(
      XYChart chart, String name, List<LoadPoint> loads, ToDoubleFunction<LoadPoint> millis) {
    double[] rates = loads.stream().mapToDouble(LoadPoint::rate).toArray();
    chart
        .addSeries(name, rates, loads.stream().mapToDouble(millis).toArray())
        .setMarker(SeriesMarkers.NONE);
  }
}
