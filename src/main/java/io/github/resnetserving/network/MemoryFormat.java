package io.github.resnetserving.network;

import io.github.resnetserving.network.Script.Value;

/** How a (n, channels, height, width) tensor lies in memory, by c10's numbers. */
enum MemoryFormat {
  CHANNELS_FIRST(0),
  CHANNELS_LAST(2);

  private final int number;

  MemoryFormat(int number) {
    this.number = number;
  }

  /** The value in this format, copied only where it is not. */
  Value of(Script script, Value value) {
    return script.assign(
        "torch.contiguous(%s, memory_format=%d)".formatted(value.name(), number),
        value,
        value.channels(),
        value.size());
  }
}
