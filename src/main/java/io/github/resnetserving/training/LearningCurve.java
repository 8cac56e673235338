package io.github.resnetserving.training;

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

/** Draws accuracy and loss over the epochs. */
final class LearningCurve {

  private LearningCurve() {}

  /** A PNG of the history, which has at least one epoch. */
  static byte[] png(String title, List<EpochResult> history) throws IOException {
    XYChart chart =
        new XYChartBuilder()
            .width(900)
            .height(540)
            .title(title)
            .xAxisTitle("epoch")
            .yAxisTitle("accuracy in percent")
            .build();
    chart.getStyler().setLegendPosition(Styler.LegendPosition.InsideSE);
    chart.setYAxisGroupTitle(1, "training loss");
    chart.getStyler().setYAxisGroupPosition(1, Styler.YAxisPosition.Right);
    double[] epochs = history.stream().mapToDouble(EpochResult::epoch).toArray();
    add(chart, "validation accuracy", epochs, history, r -> 100 * r.validationAccuracy(), 0);
    add(chart, "training accuracy", epochs, history, r -> 100 * r.trainingAccuracy(), 0);
    add(chart, "training loss", epochs, history, EpochResult::loss, 1);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(BitmapEncoder.getBufferedImage(chart), "png", png);
    return png.toByteArray();
  }

  private static void add(
      XYChart chart,
      String name,
      double[] epochs,
      List<EpochResult> history,
      ToDoubleFunction<EpochResult> value,
      int axis) {
    double[] values = history.stream().mapToDouble(value).toArray();
    chart.addSeries(name, epochs, values).setMarker(SeriesMarkers.NONE).setYAxisGroup(axis);
  }
}
