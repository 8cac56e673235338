package io.github.resnetserving.network;

import java.util.List;

/** Lines of one TorchScript method, and a supply of fresh names for its values. */
final class Script {

  private final StringBuilder lines = new StringBuilder();
  private int values;

  /** A value of the program: a (n, channels, size, size) tensor. */
  record Value(String name, int channels, int size) {}

  /** Adds {@code name = expression} and returns the name. */
  String assign(String expression) {
    String name = "v" + values++;
    lines.append("    ").append(name).append(" = ").append(expression).append('\n');
    return name;
  }

  Value assign(String expression, int channels, int size) {
    return new Value(assign(expression), channels, size);
  }

  void line(String statement) {
    lines.append("    ").append(statement).append('\n');
  }

  /**
   * The method's text: a header such as {@code forward(self, x: Tensor) -> Tensor} and the lines.
   */
  String method(String header) {
    return "  def " + header + ":\n" + lines;
  }

  /** {@code [a, a]}: both dimensions of a picture alike. */
  static String pair(int value) {
    return List.of(value, value).toString();
  }

  /** The attribute that holds a tensor: attribute names have no dots. */
  static String attribute(String tensor) {
    return "self." + attributeName(tensor);
  }

  static String attributeName(String tensor) {
    return tensor.replace('.', '_');
  }
}
