package io.github.resnetserving.plan.torchscript;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Lines of one TorchScript method, and a supply of fresh names for its values. */
final class Script {

  private final StringBuilder lines = new StringBuilder();
  private final Map<String, String> constants = new LinkedHashMap<>(); // expressions by name
  private int values;

  /** Adds {@code name = expression} and returns the name. */
  String assign(String expression) {
    String name = "v" + values++;
    lines.append("    ").append(name).append(" = ").append(expression).append('\n');
    return name;
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

  /** {@code [a, a]}: both dimensions of an image alike. */
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
