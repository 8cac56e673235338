package io.github.resnetserving.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What each layer of a network makes and costs, for one image. Immutable.
 *
 * @param rows one for each step of the network's graph, in order
 * @param field side of the square of the image that a place of the last activation depends on
 */
public record LayerTable(List<Row> rows, long field) {

  /**
   * A layer.
   *
   * @param name of the layer's output
   * @param kind what it computes, in words
   * @param channels of its output
   * @param side of its output in pixels
   * @param parameters numbers that training learns, those of its batch norm included
   * @param multiplyAdds products that are summed; batch norms, pools and sums are not counted, as
   *     in torchvision's figures
   * @param field side of the square of the image's pixels that a place of the output depends on; it
   *     may be larger than the image
   */
  public record Row(
      String name,
      String kind,
      int channels,
      int side,
      long parameters,
      long multiplyAdds,
      long field) {}

  /**
   * What a place of an activation sees of the image.
   *
   * @param side of a square
   * @param step pixels from one place's square to the next one's
   */
  private record Field(long side, long step) {

    Field through(int window, int stride) {
      return new Field(side + (window - 1) * step, step * stride);
    }

    Field with(Field other) {
      return new Field(Math.max(side, other.side), step);
    }
  }

  public LayerTable {
    rows = List.copyOf(rows);
  }

  /**
   * Describes a network.
   *
   * @param side of its square input in pixels
   */
  public static LayerTable of(Topology topology, int side) {
    Graph graph = Graph.of(topology, side);
    Map<String, Field> fields = new HashMap<>();
    fields.put(Graph.INPUT, new Field(1, 1));
    List<Row> rows = new ArrayList<>();
    for (Step step : graph.steps()) {
      Graph.Activation input = graph.activation(step.input());
      Field field = field(step, input, found(fields, step.input()));
      String addend = step.addend();
      if (addend != null) { // means of the whole image are not counted, in excitations and norms
        field = field.with(found(fields, addend));
      }
      fields.put(step.output(), field);
      rows.add(row(step, input, graph.activation(step.output()), field.side()));
    }
    return new LayerTable(rows, found(fields, graph.last()).side());
  }

  private static Field found(Map<String, Field> fields, String activation) {
    return Objects.requireNonNull(fields.get(activation), activation);
  }

  private static Field field(Step step, Graph.Activation input, Field read) {
    return switch (step) {
      case Step.Convolve c -> read.through(c.convolution().kernel(), c.convolution().stride());
      case Step.MaxPool _ -> read.through(3, 2);
      case Step.AveragePool p -> read.through(p.window(), p.window());
      case Step.Pad p -> read.through(1, p.stride());
      case Step.GlobalPool _ -> read.through(input.side(), 1);
      case Step.Normalize _, Step.GroupNormalize _, Step.Linear _, Step.Excite _ -> read;
    };
  }

  private static Row row(Step step, Graph.Activation input, Graph.Activation output, long field) {
    long places = (long) output.side() * output.side();
    long parameters = 0;
    long multiplyAdds = 0;
    switch (step) {
      case Step.Convolve c -> {
        long weights = c.convolution().weightShape().stream().reduce(1, Math::multiplyExact);
        parameters = weights + (c.convolution().norm() == null ? 0 : 2L * output.channels());
        multiplyAdds = weights * places;
      }
      case Step.Normalize _, Step.GroupNormalize _ -> parameters = 2L * output.channels();
      case Step.Linear l -> {
        multiplyAdds = (long) input.channels() * l.outputs();
        parameters = multiplyAdds + l.outputs();
      }
      case Step.MaxPool _, Step.AveragePool _, Step.Pad _, Step.GlobalPool _, Step.Excite _ -> {}
    }
    return new Row(
        step.output(),
        kind(step),
        output.channels(),
        output.side(),
        parameters,
        multiplyAdds,
        field);
  }

  private static String kind(Step step) {
    return switch (step) {
      case Step.Convolve c -> {
        int kernel = c.convolution().kernel();
        int stride = c.convolution().stride();
        int groups = c.convolution().groups();
        yield "conv %dx%d".formatted(kernel, kernel)
            + (stride == 1 ? "" : " /" + stride)
            + (groups == 1 ? "" : ", %d groups".formatted(groups))
            + (c.convolution().norm() == null ? "" : ", norm")
            + (c.addend() == null ? "" : ", sum")
            + (c.relu() ? ", relu" : "");
      }
      case Step.Normalize _ -> "norm, relu";
      case Step.GroupNormalize g ->
          "group norm" + (g.addend() == null ? "" : ", sum") + (g.relu() ? ", relu" : "");
      case Step.MaxPool _ -> "max pool 3x3 /2";
      case Step.AveragePool p -> "mean %dx%d /%d".formatted(p.window(), p.window(), p.window());
      case Step.Pad p -> "zero channels" + (p.stride() == 1 ? "" : " /" + p.stride());
      case Step.GlobalPool _ -> "mean";
      case Step.Linear l ->
          switch (l.function()) {
            case IDENTITY -> "linear";
            case RELU -> "linear, relu";
            case SIGMOID -> "linear, sigmoid";
          };
      case Step.Excite _ -> "excitation, sum, relu";
    };
  }

  /** Numbers that training learns. */
  public long parameters() {
    return rows.stream().mapToLong(Row::parameters).sum();
  }

  /** Products that are summed. */
  public long multiplyAdds() {
    return rows.stream().mapToLong(Row::multiplyAdds).sum();
  }
}
