package io.github.resnetserving.engine;

import io.github.resnetserving.tensor.NetworkInput.Pixels;
import io.github.resnetserving.tensor.NetworkOutput;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Compares what a plan gives for the same images in different company: alone, at other places, and
 * in batches of every size up to eight and some of each power of two above. Kernels are chosen by
 * the batch's size, and each may add in another order. Used by one thread.
 */
final class SameBits {

  /** Up to this size every batch is tried. */
  private static final int EVERY = 8;

  /** Prime, so that the images of two sizes hardly ever begin with the same one. */
  private static final int STEP = 3;

  private final InferenceEngine engine;
  private final List<Pixels> images;
  private final IdleTurns turns;

  /**
   * @param images as many as the largest batch has
   * @param turns when batches are tried
   */
  SameBits(InferenceEngine engine, List<Pixels> images, IdleTurns turns) {
    this.engine = engine;
    this.images = images;
    this.turns = turns;
  }

  /**
   * Whether the images have these bits in any company. The first that differ end it.
   *
   * @param together the outputs of all images in one batch, in their order
   */
  boolean asIn(List<NetworkOutput> together) throws InterruptedIOException, EngineException {
    for (int size : sizes(images.size())) {
      turns.next();
      List<Integer> places = places(size);
      List<NetworkOutput> outputs = engine.run(places.stream().map(images::get).toList());
      for (int k = 0; k < size; k++) {
        if (!same(outputs.get(k), together.get(places.get(k)))) {
          return false;
        }
      }
    }
    return !engine.spreads() || same(engine.runSpread(images.getFirst()), together.getFirst());
  }

  /** Ascending: a plan whose bits depend on the batch mostly shows it with one image. */
  static List<Integer> sizes(int largest) {
    return IntStream.rangeClosed(1, largest)
        .filter(size ->
            size <= EVERY
                || size == largest
                || Integer.bitCount(size) == 1
                || Integer.bitCount(size + 1) == 1)
        .boxed()
        .toList();
  }

  /** So many images, backwards from another one at each size, so that they lie at other places. */
  private List<Integer> places(int size) {
    return IntStream.range(0, size)
        .mapToObj(k -> Math.floorMod(STEP * size - k, images.size()))
        .toList();
  }

  private static boolean same(NetworkOutput one, NetworkOutput other) {
    return Arrays.equals(one.logits(), other.logits())
        && Arrays.equals(one.features(), other.features());
  }
}
