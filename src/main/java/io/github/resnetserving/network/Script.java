package io.github.resnetserving.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines of one TorchScript method, and a supply of fresh names for its values. */
final class Script {

  private final StringBuilder lines = new StringBuilder();
  private final Map<String, String> constants = new LinkedHashMap<>(); // expressions by name
  private int values;

  /**
   * A value of the program: a (n, channels, size, size) tensor.
   *
   * @param activation the convolution whose output it is, after what is fused to it; steps that
   *     only move values keep it
   */
  record Value(String name, String activation, int channels, int size) {

    /** The network's input. */
    static final String INPUT = "input";

    static Value input(String name, int size) {
      return new Value(name, INPUT, 3, size);
    }
  }

  /** Adds {@code name = expression} and returns the name. */
  String assign(String expression) {
    String name = "v" + values++;
    lines.append("    ").append(name).append(" = ").append(expression).append('\n');
    return name;
  }

  /** The output of a convolution. */
  Value assign(String expression, Value input, Convolution convolution) {
    return new Value(
        assign(expression),
        convolution.name(),
        convolution.outputs(),
        convolution.outputSize(input.size()));
  }

  /** The same values in another place or form. */
  Value assign(String expression, Value moved, int channels, int size) {
    return new Value(assign(expression), moved.activation(), channels, size);
  }

  /**
   * Names an expression that is always the same, and returns the name. It is computed once in a run
   * of the method: libtorch's interpreter would make a list anew wherever one is written.
   */
  String constant(String name, String expression) {
    constants.put(name, expression);
    return name;
  }

  /** The {@link #constant} {@code [a, a]}. */
  String constantPair(int value) {
    return constant("pair" + value, pair(value));
  }

  void line(String statement) {
    lines.append("    ").append(statement).append('\n');
  }

  /**
   * The method's text: a header such as {@code forward(self, x: Tensor) -> Tensor} and the lines.
   */
  String method(String header) {
    StringBuilder text = new StringBuilder("  def ").append(header).append(":\n");
    constants.forEach((name, expression) ->
        text.append("    ").append(name).append(" = ").append(expression).append('\n'));
    return text.append(lines).toString();
  }

  /** {@code [a, a]}: both dimensions of a picture alike. */
  static String pair(int value) {
    return List.of(value, value).toString();
  }

  /** A float literal of full precision. */
  static String number(double value) {
    return Double.toString(value).toLowerCase(Locale.ROOT);
  }

  /** The attribute that holds a tensor: attribute names have no dots. */
  static String attribute(String tensor) {
    return "self." + attributeName(tensor);
  }

  static String attributeName(String tensor) {
    return tensor.replace('.', '_');
  }
}
