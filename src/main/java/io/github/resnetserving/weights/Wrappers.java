package io.github.resnetserving.weights;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Takes off what wrappers put before every name: DataParallel, torch.compile, training classes. */
final class Wrappers {

  private static final List<String> PREFIXES =
      List.of("module.", "_orig_mod.", "model.", "backbone.");

  /** The counter that torch's AveragedModel puts beside the module it wraps. */
  private static final String AVERAGED = "n_averaged";

  private Wrappers() {}

  /** A prefix goes only where all names share it, so that no two names become one. */
  static SequencedMap<String, Tensor> strip(SequencedMap<String, Tensor> tensors) {
    SequencedMap<String, Tensor> stripped = tensors;
    boolean again = true;
    while (again) {
      again = false;
      for (String prefix : PREFIXES) {
        if (isShared(prefix, stripped)) {
          stripped = without(prefix, stripped);
          again = true;
        }
      }
    }
    return stripped;
  }

  private static boolean isShared(String prefix, SequencedMap<String, Tensor> tensors) {
    boolean any = false;
    for (String name : tensors.keySet()) {
      boolean wrapped = name.startsWith(prefix) && name.length() > prefix.length();
      if (!wrapped && !name.equals(AVERAGED)) {
        return false;
      }
      any |= wrapped;
    }
    return any;
  }

  private static SequencedMap<String, Tensor> without(
      String prefix, SequencedMap<String, Tensor> tensors) {
    var stripped = new LinkedHashMap<String, Tensor>();
    tensors.forEach((name, tensor) -> {
      if (name.startsWith(prefix)) {
        String rest = name.substring(prefix.length());
        stripped.put(rest, tensor.named(rest));
      }
    });
    return stripped;
  }
}
