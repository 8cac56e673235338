package io.github.resnetserving.network;

/** What plans in libtorch's oneDNN operators have in common, whatever their numbers are. */
sealed interface OneDnnOperators extends Operators permits FusedOperators, QuantizedOperators {

  /**
   * By oneDNN, on all threads and with a weight that lies as it wants: {@code torch.linear} leaves
   * a single picture to one thread.
   */
  @Override
  default String linear(Script script, String features, String classifier) {
    return script.assign(
        "ops.mkldnn._linear_pointwise(%s, %s, %s, \"none\", %s)"
            .formatted(
                features,
                Script.attribute(classifier + ".weight"),
                Script.attribute(classifier + ".bias"),
                unaryArguments(script)));
  }

  @Override
  default String classifierWeight(String classifier) {
    return "torch.to_dense(%s)".formatted(Script.attribute(classifier + ".weight"));
  }

  /** The statement that reorders the classifier's weight for {@code batch} pictures, once. */
  static String reordering(String classifier) {
    String weight = Script.attribute(classifier + ".weight");
    return "%s = ops.mkldnn._reorder_linear_weight(%s, batch)".formatted(weight, weight);
  }

  /** Further arguments of the ReLU and its algorithm: it has none. */
  static String unaryArguments(Script script) {
    return script.constant("no_scalars", "annotate(List[Optional[number]], [])") + ", \"\"";
  }
}
