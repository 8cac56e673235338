package io.github.resnetserving.engine;

import java.util.List;

/**
 * The GPUs that this process may see.
 *
 * @param names in CUDA's order
 * @param reason why there are none, as part of a sentence; empty where there are some
 */
record Gpus(List<String> names, String reason) {

  Gpus {
    names = List.copyOf(names);
  }

  static Gpus of(String... names) {
    return new Gpus(List.of(names), "");
  }

  static Gpus none(String reason) {
    return new Gpus(List.of(), reason);
  }
}
