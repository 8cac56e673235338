package io.github.resnetserving.engine;

import io.github.resnetserving.network.DirectProgram.Activation;
import java.lang.foreign.MemorySegment;

/** Every stride-th pixel of a map, with channels of zeros on both sides of its own. */
record MapPadding(Activation source, Activation output, int stride, int elementBytes) {

  void apply(MemorySegment from, MemorySegment to, int count) {
    long pixel = (long) source.channels() * elementBytes;
    long padded = (long) output.channels() * elementBytes;
    // Other maps, which are still read, may lie behind.
    to.asSlice(0, padded * output.side() * output.side() * count).fill((byte) 0);
    long before = (long) (output.channels() - source.channels()) / 2 * elementBytes;
    for (long i = 0; i < count; i++) {
      for (long y = 0; y < output.side(); y++) {
        for (long x = 0; x < output.side(); x++) {
          long read = (i * source.side() + y * stride) * source.side() + x * stride;
          long write = (i * output.side() + y) * output.side() + x;
          MemorySegment.copy(from, read * pixel, to, write * padded + before, pixel);
        }
      }
    }
  }
}
