package io.github.resnetserving.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes off what wrappers put before every name: DataParallel, torch.compile, training classes. */
final class Wrappers {

  private static final List<String> PREFIXES =
      List.of("module.", "_orig_mod.", "model.", "backbone.");

  /** The counter that torch's AveragedModel puts beside the module it wraps. */
  private static final String AVERAGED = "n_averaged";

  private Wrappers() {}

  /**
   * Takes off prefixes as long as all names share one, so that no two names become one. A name may
   * repeat a prefix a million times: names are copied once, when all prefixes are known.
   */
  static SequencedMap<String, Tensor> strip(SequencedMap<String, Tensor> tensors) {
    SequencedMap<String, Tensor> wrapped = new LinkedHashMap<>(tensors);
    int start = 0; // of what is left of each name
    @Nullable String prefix = shared(wrapped.keySet(), start);
    while (prefix != null) {
      int at = start;
      wrapped.keySet().removeIf(name -> isCounter(name, at));
      start += prefix.length();
      prefix = shared(wrapped.keySet(), start);
    }
    int wrapping = start;
    SequencedMap<String, Tensor> stripped = new LinkedHashMap<>();
    wrapped.forEach((name, tensor) -> {
      String rest = name.substring(wrapping);
      stripped.put(rest, tensor.named(rest));
    });
    return stripped;
  }

  /** Returns the prefix that all names have from {@code start} on, but for a counter's. */
  private static @Nullable String shared(Set<String> names, int start) {
    for (String prefix : PREFIXES) {
      if (isShared(prefix, names, start)) {
        return prefix;
      }
    }
    return null;
  }

  private static boolean isShared(String prefix, Set<String> names, int start) {
    boolean any = false;
    for (String name : names) {
      boolean has = name.startsWith(prefix, start) && name.length() > start + prefix.length();
      if (!has && !isCounter(name, start)) {
        return false;
      }
      any |= has;
    }
    return any;
  }

  private static boolean isCounter(String name, int start) {
    return name.startsWith(AVERAGED, start) && name.length() == start + AVERAGED.length();
  }
}
