package io.github.resnetserving.network;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A network as a list of steps, for who runs them without libtorch: what a direct plan's archive
 * says of itself. Global average pooling of the last map and the classifier, both in float32,
 * follow the steps.
 *
 * @param precision of weights and maps
 * @param input what the first step takes
 * @param maps every step's output, by name
 * @param steps in order
 * @param stages the map that each stage gives, the stem's first
 * @param classifier name of the last layer, whose weight and bias are float32; empty where there is
 *     none
 * @param classes outputs of the last layer; 0 where there is none
 */
public record DirectProgram(
    Precision precision,
    Input input,
    SequencedMap<String, Activation> maps,
    List<Step> steps,
    List<String> stages,
    String classifier,
    int classes) {

  /** Stands for the network's input among the maps. */
  public static final String INPUT = "input";

  public DirectProgram {
    steps = List.copyOf(steps);
    stages = List.copyOf(stages);
  }

  /**
   * What a picture becomes: {@code byte · scale + shift} for each channel, or in int8 its bytes.
   *
   * @param side of the picture
   * @param frame pixels around it in int8, which stand for the first convolution's padding; else 0
   * @param scale for each channel
   * @param shift for each channel
   * @param colour of the frame
   */
  public record Input(
      int side, int frame, List<Double> scale, List<Double> shift, List<Integer> colour) {
    public Input {
      scale = List.copyOf(scale);
      shift = List.copyOf(shift);
      colour = List.copyOf(colour);
    }

    /** Side of the map that the first step takes. */
    public int framedSide() {
      return side + 2 * frame;
    }
  }

  /**
   * A (n, channels, side, side) tensor, whose pixels' channels lie together.
   *
   * @param scale one step of a byte in int8; else 1
   * @param zeroPoint the byte that stands for 0
   */
  public record Activation(int channels, int side, double scale, int zeroPoint) {}

  /** One operation. */
  public sealed interface Step {
    /** The map that it makes. */
    String output();

    /** The map that it reads. */
    String source();

    /**
     * {@code relu(convolution(source) + addend)}.
     *
     * @param layer whose weight and bias it has
     * @param addend a map that is added; it is not needed afterwards. Null where nothing is.
     */
    record Convolve(
        String output,
        String source,
        String layer,
        int kernel,
        int stride,
        int padding,
        boolean relu,
        @Nullable String addend)
        implements Step {}

    /** 3×3, stride 2, padding 1. */
    record MaxPool(String output, String source) implements Step {}

    /** Every stride-th pixel, with channels of zeros on both sides of the source's. */
    record Pad(String output, String source, int stride) implements Step {}
  }

  /** A map, the input among them. */
  public Activation map(String name) {
    Activation map =
        name.equals(INPUT) ? new Activation(3, input.framedSide(), 1, 0) : maps.get(name);
    if (map == null) {
      throw new IllegalArgumentException("there is no map " + name);
    }
    return map;
  }

  /** The map that is pooled and classified. */
  public String last() {
    return stages.getLast();
  }

  /** One line of text; {@link #parse} reads it. */
  public String text() {
    List<String> lines = new ArrayList<>();
    lines.add(line("precision", precision.id()));
    lines.add(line("side", input.side, input.frame));
    lines.add(line("scale", input.scale.toArray()));
    lines.add(line("shift", input.shift.toArray()));
    lines.add(line("colour", input.colour.toArray()));
    maps.forEach((name, map) ->
        lines.add(line("map", name, map.channels, map.side, map.scale, map.zeroPoint)));
    for (Step step : steps) {
      lines.add(
          switch (step) {
            case Step.Convolve c ->
                line(
                    "convolve",
                    c.output,
                    c.source,
                    c.layer,
                    c.kernel,
                    c.stride,
                    c.padding,
                    c.relu,
                    c.addend == null ? "-" : c.addend);
            case Step.MaxPool(String output, String source) -> line("pool", output, source);
            case Step.Pad(String output, String source, int stride) ->
                line("pad", output, source, stride);
          });
    }
    lines.add(line("stages", stages.toArray()));
    lines.add(line("classifier", classifier, classes));
    return String.join(";", lines);
  }

  private static String line(String kind, Object... fields) {
    return Stream.concat(Stream.of(kind), Arrays.stream(fields).map(String::valueOf))
        .collect(Collectors.joining(" "));
  }

  /**
   * Reads what {@link #text} has written.
   *
   * @throws IllegalArgumentException if it is something else
   */
  public static DirectProgram parse(String text) {
    SequencedMap<String, List<String>> single = new LinkedHashMap<>();
    SequencedMap<String, Activation> maps = new LinkedHashMap<>();
    List<Step> steps = new ArrayList<>();
    for (String line : text.split(";", -1)) {
      List<String> f = List.of(line.split(" ", -1));
      switch (f.getFirst()) {
        case "map" ->
            maps.put(
                f.get(1),
                new Activation(
                    Integer.parseInt(f.get(2)),
                    Integer.parseInt(f.get(3)),
                    Double.parseDouble(f.get(4)),
                    Integer.parseInt(f.get(5))));
        case "convolve" ->
            steps.add(
                new Step.Convolve(
                    f.get(1),
                    f.get(2),
                    f.get(3),
                    Integer.parseInt(f.get(4)),
                    Integer.parseInt(f.get(5)),
                    Integer.parseInt(f.get(6)),
                    Boolean.parseBoolean(f.get(7)),
                    f.get(8).equals("-") ? null : f.get(8)));
        case "pool" -> steps.add(new Step.MaxPool(f.get(1), f.get(2)));
        case "pad" -> steps.add(new Step.Pad(f.get(1), f.get(2), Integer.parseInt(f.get(3))));
        default -> single.put(f.getFirst(), f.subList(1, f.size()));
      }
    }
    List<String> side = single.getOrDefault("side", List.of());
    List<String> classifier = single.getOrDefault("classifier", List.of());
    if (side.size() != 2 || classifier.size() != 2) {
      throw new IllegalArgumentException("not a direct program: " + text);
    }
    return new DirectProgram(
        Precision.valueOf(
            String.join("", single.getOrDefault("precision", List.of())).toUpperCase(Locale.ROOT)),
        new Input(
            Integer.parseInt(side.getFirst()),
            Integer.parseInt(side.getLast()),
            single.getOrDefault("scale", List.of()).stream().map(Double::valueOf).toList(),
            single.getOrDefault("shift", List.of()).stream().map(Double::valueOf).toList(),
            single.getOrDefault("colour", List.of()).stream().map(Integer::valueOf).toList()),
        maps,
        steps,
        single.getOrDefault("stages", List.of()),
        classifier.getFirst(),
        Integer.parseInt(classifier.getLast()));
  }
}
