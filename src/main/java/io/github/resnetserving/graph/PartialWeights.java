package io.github.resnetserving.graph;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Refuses tensors that are no weights by themselves, or no weights of a float network. */
final class PartialWeights {

  private record Kind(Pattern name, String advice) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(
              Pattern.compile(
                  "(.*[._])?(lora_[AB]|lora_up|lora_down|hada_w[12]_[ab]|lokr_w[12])([._].*)?"),
              "it holds a delta to another network's weights, as LoRA trains, and not the weights:"
                  + " in Python load that network with the delta, join them"
                  + " (model.merge_and_unload()), and save model.state_dict()"),
          new Kind(
              Pattern.compile(
                  "(.*\\.)?(_packed_params(\\..*)?|qweight|qzeros|zero_point|weight_scale|SCB|absmax|quant_map)"),
              "it is quantised: give the float32 weights that it was made of; int8 is made here, by"
                  + " calibrate and --precision int8"));

  private PartialWeights() {}

  /**
   * Looks at all names.
   *
   * @throws NetworkException if one tells of a delta or of quantisation; the message names it
   */
  static void requireNone(Set<String> names) throws NetworkException {
    for (Kind kind : KINDS) {
      for (String name : names) {
        if (kind.name().matcher(name).matches()) {
          throw new NetworkException(
              "%s (%s)".formatted(kind.advice(), NetworkException.some(List.of(name))));
        }
      }
    }
  }
}
